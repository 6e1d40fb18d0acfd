/*
 * webhook.c
 *	  The queue of outgoing events and the ways a test may disturb it.
 *
 * Source: one event per (object, event type) for ever, its id a hash of those
 * two; bytes fixed when the event is made; success is any 2xx; sixteen retries
 * over a day.  Every function runs with the ledger locked.
 */
#include "webhook.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "fields.h"
#include "wire.h"

#define IDLE_MS 60000
#define PHASES 7

static const int retry_after_s[] = {
	60, 300, 300, 600, 600, 600, 600, 600,
	3600, 3600, 3600, 3600, 3600, 21600, 21600, 21600
};

static const char *const phase_names[PHASES] = {
	"queued", "held", "sending", "retry", "delivered", "gave_up", "dropped"
};

static struct webhook_mode mode = {.duplicate = 1, .forge = "none"};

/* Writes the id that an object's event of that type always has. */
static void
make_event_id(char out[ID_SIZE], const char *object_id, const char *event_type)
{
	char		key[ID_SIZE + WORD_SIZE];
	unsigned char digest[crypto_hash_sha256_BYTES];

	snprintf(key, sizeof(key), "%s_%s", object_id, event_type);
	crypto_hash_sha256(digest, (const unsigned char *) key, strlen(key));
	sodium_bin2base64(out, ID_SIZE, digest, sizeof(digest),
					  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* Decides, when an event is made, whether it will go out, wait or be lost. */
static void
place_new_event(struct event *event)
{
	event->due_ms = clock_now_ms() + mode.delay_ms;
	event->phase = mode.hold ? EVENT_HELD : EVENT_QUEUED;
	if (mode.drop == 0)
		return;
	event->phase = EVENT_DROPPED;
	if (mode.drop > 0)
		mode.drop--;
}

/* Queues the one event of that object and type; takes over the snapshot. */
static void
announce(const char *object_id, const char *event_type, const char *payment_id,
		 const char *refund_id, const char *content_type, json_t *snapshot)
{
	char		event_id[ID_SIZE];
	struct event *event;
	json_t	   *body;

	make_event_id(event_id, object_id, event_type);
	if (ledger_event(event_id) != NULL)
	{
		json_decref(snapshot);
		return;
	}
	body = wire_event(event_id, event_type, content_type, snapshot);
	event = ledger_add_event(event_id);
	snprintf(event->type, sizeof(event->type), "%s", event_type);
	snprintf(event->payment_id, sizeof(event->payment_id), "%s", payment_id);
	snprintf(event->refund_id, sizeof(event->refund_id), "%s", refund_id);
	event->body = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	place_new_event(event);
	ledger_changed();
}

/* Queues the payment's event of that type unless it ever had one. */
void
webhook_announce_payment(const struct payment *payment, const char *event_type)
{
	announce(payment->id, event_type, payment->id, "", "payment_details",
			 wire_payment(payment, false));
}

/* Queues the refund's event of that type unless it ever had one. */
void
webhook_announce_refund(const struct refund *refund, const char *event_type)
{
	announce(refund->id, event_type, refund->payment_id, refund->id,
			 "refund_details", wire_refund(refund));
}

/* Holds back what is queued but not yet under way. */
static void
hold_queued(void)
{
	for (size_t i = 0; i < ledger.events.count; i++)
	{
		struct event *event = ledger_event_at(i);

		if (event->phase == EVENT_QUEUED && !event->unheld)
			event->phase = EVENT_HELD;
	}
}

/* Changes those parts of the mode that are named; false: a word is unknown. */
bool
webhook_mode_set(const json_t *changes)
{
	const char *forge = get_string(changes, "forge", mode.forge);
	bool		held = mode.hold;

	if (!word_in(" none bad_signature no_signature wrong_key body_changed ", forge) ||
		get_integer(changes, "duplicate", 1) < 1 || get_integer(changes, "drop", 0) < -1 ||
		get_integer(changes, "delay_ms", 0) < 0)
		return false;
	if (forge != mode.forge)
		snprintf(mode.forge, sizeof(mode.forge), "%s", forge);
	mode.hold = get_bool(changes, "hold", mode.hold);
	mode.shuffle = get_bool(changes, "shuffle", mode.shuffle);
	mode.seed = get_integer(changes, "seed", mode.seed);
	mode.duplicate = get_integer(changes, "duplicate", mode.duplicate);
	mode.delay_ms = get_integer(changes, "delay_ms", mode.delay_ms);
	mode.drop = get_integer(changes, "drop", mode.drop);
	if (mode.hold)
		hold_queued();
	else if (held)
		webhook_release();
	ledger_wake();
	return true;
}

/* Returns the whole mode. */
json_t *
webhook_mode_json(void)
{
	return json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:s}", "hold", mode.hold,
					 "shuffle", mode.shuffle, "seed", mode.seed,
					 "duplicate", mode.duplicate, "delay_ms", mode.delay_ms,
					 "drop", mode.drop, "forge", mode.forge);
}

/* Makes deliveries behave. */
void
webhook_mode_reset(void)
{
	mode = (struct webhook_mode) {.duplicate = 1, .forge = "none"};
}

/* Returns the next number of a sequence that depends only on the seed. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t	mixed = (*state += 0x9E3779B97F4A7C15ULL);

	mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
	mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
	return mixed ^ (mixed >> 31);
}

/* Sends what is held now, in the order made or shuffled; returns how many. */
int
webhook_release(void)
{
	struct event **held = calloc(ledger.events.count + 1, sizeof(*held));
	uint64_t	state = (uint64_t) mode.seed;
	size_t		count = 0;

	for (size_t i = 0; i < ledger.events.count; i++)
	{
		struct event *event = ledger_event_at(i);

		if (event->phase == EVENT_HELD ||
			(event->phase == EVENT_RETRY && event->due_ms <= clock_now_ms()))
			held[count++] = event;
	}
	for (size_t i = count; mode.shuffle && i > 1; i--)
	{
		size_t		other = next_random(&state) % i;
		struct event *swapped = held[i - 1];

		held[i - 1] = held[other];
		held[other] = swapped;
	}
	for (size_t i = 0; i < count; i++)
	{
		held[i]->phase = EVENT_QUEUED;
		held[i]->unheld = true;
		/* One common moment, so that only the position orders them. */
		held[i]->due_ms = 0;
		held[i]->position = ledger.next_position++;
	}
	free(held);
	ledger_changed();
	return (int) count;
}

/* Sends an event once more, now, even if deliveries are held. */
bool
webhook_resend(const char *event_id)
{
	struct event *event = ledger_event(event_id);

	if (event == NULL)
		return false;
	event->again = event->phase == EVENT_SENDING;
	if (!event->again)
		event->phase = EVENT_QUEUED;
	event->unheld = true;
	event->due_ms = clock_now_ms();
	ledger_changed();
	return true;
}

/* Returns every event with what became of it. */
json_t *
webhook_list(void)
{
	json_t	   *list = json_array();

	for (size_t i = 0; i < ledger.events.count; i++)
	{
		const struct event *event = ledger_event_at(i);
		json_t	   *item = json_pack("{s:s, s:s, s:s, s:s?, s:i, s:b, s:s, s:i}",
									 "event_id", event->id, "event_type", event->type,
									 "payment_id", event->payment_id, "refund_id",
									 event->refund_id[0] != '\0' ? event->refund_id : NULL,
									 "attempts", event->attempts,
									 "delivered", event->phase == EVENT_DELIVERED,
									 "state", phase_names[event->phase],
									 "failures", event->failures);

		json_object_set_new(item, "body", json_string(event->body));
		json_object_set_new(item, "last_status", event->last_status != 0
							? json_integer(event->last_status) : json_null());
		json_array_append_new(list, item);
	}
	return list;
}

/* Waits until no delivery is queued or under way, and counts the outcomes. */
json_t *
webhook_flush(int64_t timeout_ms)
{
	int64_t		deadline = monotonic_ms() + timeout_ms;
	json_t	   *counts = json_object();

	for (;;)
	{
		int			count[PHASES] = {0};
		bool		quiet;
		bool		late;

		for (size_t i = 0; i < ledger.events.count; i++)
			count[ledger_event_at(i)->phase]++;
		quiet = count[EVENT_QUEUED] + count[EVENT_SENDING] == 0;
		late = monotonic_ms() >= deadline || ledger.stopping;
		if (quiet || late)
		{
			json_object_set_new(counts, "flushed", json_boolean(quiet));
			for (int i = 0; i < PHASES; i++)
				json_object_set_new(counts, phase_names[i], json_integer(count[i]));
			return counts;
		}
		ledger_wait(deadline - monotonic_ms());
	}
}

/* Takes the next delivery that is due, or tells how long none will be. */
bool
webhook_take(struct delivery *delivery, int64_t *wait_ms)
{
	int64_t		now = clock_now_ms();
	struct event *next = NULL;

	*wait_ms = IDLE_MS;
	for (size_t i = 0; i < ledger.events.count; i++)
	{
		struct event *event = ledger_event_at(i);

		if ((event->phase != EVENT_QUEUED && event->phase != EVENT_RETRY) ||
			(mode.hold && !event->unheld))
			continue;
		if (event->due_ms > now && event->due_ms - now < *wait_ms)
			*wait_ms = event->due_ms - now;
		if (event->due_ms > now)
			continue;
		if (next == NULL || event->due_ms < next->due_ms ||
			(event->due_ms == next->due_ms && event->position < next->position))
			next = event;
	}
	if (next == NULL)
		return false;
	next->phase = EVENT_SENDING;
	next->unheld = false;
	delivery->generation = ledger.generation;
	snprintf(delivery->event_id, sizeof(delivery->event_id), "%s", next->id);
	delivery->body = strdup(next->body);
	delivery->copies = mode.duplicate;
	snprintf(delivery->forge, sizeof(delivery->forge), "%s", mode.forge);
	return true;
}

/* Records how a delivery went and plans the retry, if there is one left. */
void
webhook_finish(const struct delivery *delivery, int sent, bool accepted, int last_status)
{
	struct event *event = ledger_event(delivery->event_id);

	/* A reset while sending has forgotten the event. */
	if (delivery->generation != ledger.generation || event == NULL)
		return;
	event->attempts += sent;
	event->last_status = last_status;
	if (accepted)
		event->phase = EVENT_DELIVERED;
	else if (event->failures >= (int) (sizeof(retry_after_s) / sizeof(retry_after_s[0])))
		event->phase = EVENT_GAVE_UP;
	else
	{
		event->phase = EVENT_RETRY;
		event->due_ms = clock_now_ms() +
			(int64_t) (retry_after_s[event->failures++] * 1000 * config.time_scale);
	}
	if (event->again)
	{
		event->again = false;
		event->phase = EVENT_QUEUED;
		event->due_ms = clock_now_ms();
		event->unheld = true;
	}
	ledger_changed();
}
