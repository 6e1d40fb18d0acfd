/*
 * circuit.c
 *		The relay's circuit to the payment provider (see circuit.h).
 */
#include "circuit.h"

#include "../base/log.h"
#include "../config/config.h"
#include "breaker.h"

static Breaker breaker;
static bool has_changed;

void
circuit_init(void)
{
	breaker_init(&breaker, (int) config_int(CONFIG_RELAY_CIRCUIT_FAILURES), config_int(CONFIG_RELAY_CIRCUIT_OPEN));
}

/* note_change logs a change and keeps it for the next heartbeat. */
static void
note_change(BreakerState before)
{
	if (breaker.state == before)
		return;
	has_changed = true;
	log_line(breaker.state == BREAKER_OPEN ? LOG_ERROR : LOG_INFO, "circuit to the payment provider",
			 "state", breaker_word(&breaker), NULL);
}

bool
circuit_allows(int64_t now_ms)
{
	BreakerState before = breaker.state;
	bool		allows = breaker_allows(&breaker, now_ms);

	note_change(before);
	return allows;
}

bool
circuit_wants_probe(int64_t now_ms)
{
	return !circuit_allows(now_ms) && breaker.state == BREAKER_HALF_OPEN;
}

void
circuit_note(const PspOutcome *outcome, Blame blame, const char *subject, int64_t now_ms)
{
	BreakerState before = breaker.state;

	if (outcome->is_wrong_key)
		breaker_ask_probe(&breaker);
	else if (blame == BLAME_CONNECTION)
		breaker_unreachable(&breaker, now_ms);
	else if (blame == BLAME_SUBJECT)
		breaker_failure(&breaker, subject, now_ms);
	else if (outcome->http_status != 0)
		breaker_success(&breaker);
	note_change(before);
}

void
circuit_note_probe(bool is_well, int64_t now_ms)
{
	BreakerState before = breaker.state;

	breaker_probed(&breaker, is_well, now_ms);
	note_change(before);
}

bool
circuit_has_changed(void)
{
	bool		changed = has_changed;

	has_changed = false;
	return changed;
}

const char *
circuit_word(void)
{
	return breaker_word(&breaker);
}

int64_t
circuit_wait_ms(int64_t now_ms)
{
	return breaker_wait_ms(&breaker, now_ms);
}
