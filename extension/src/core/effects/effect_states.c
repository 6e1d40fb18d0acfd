/*
 * effect_states.c
 *		The life of an effect. Source: docs/design.md, "Effects leave through one door".
 */
#include "effect_states.h"

/* *INDENT-OFF* */
static const VzTransition transitions[] = {
	/* from      event         to        by          guard                            effects                              rule */
	{NULL,      "queue",      "queued", "rule",     NULL,                            "the relay is notified if waited for", "outbox"},
	{"queued",  "claim",      "leased", "relay",    "due",                           "a lease with a token",              "outbox"},
	{"leased",  "claim",      "leased", "relay",    "the lease has run out",         "a new lease with a new token",      "lease takeover"},
	{"leased",  "succeed",    "done",   "relay",    "the lease token is the row's",  "the result is applied",             "outbox"},
	{"leased",  "refuse",     "dead",   "relay",    "the provider refused for good", "the refusal is applied",            "dead letter"},
	{"leased",  "retry",      "queued", "relay",    "attempts are left",             "due later, with backoff and jitter", "outbox"},
	{"leased",  "give_up",    "dead",   "relay",    "no attempt is left",            NULL,                                "dead letter"},
	{"queued",  "withdraw",   "done",   "rule",     "no longer needed",              NULL,                                "outbox"},
	{"dead",    "retry_dead", "queued", "operator", "veza.retry_effect",             "attempts start anew",               "dead letter"},
};
/* *INDENT-ON* */

const VzMachine vz_effect_machine = {
	.name = "effect",
	.table = "veza_data.effect",
	.column = "state",
	.transitions = transitions,
	.ntransitions = VZ_LENGTH(transitions),
	.refusal = VZ_E_INVALID_TRANSITION,
	.hint = "An operator runs CALL veza.retry_effect(id, reason); the rest is the relay's."
};
