/*
 * ledger.c
 *	  All state of the simulator, behind one mutex.
 *
 * A row for an id is made when the first create for it arrives, carried out or
 * not, so that a test can tell "never received" from "received and lost".
 */
#include "ledger.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "states.h"

struct ledger ledger;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;

/* Returns the row with that id, or NULL. */
static void *
table_find(const struct table *table, const char *id)
{
	json_t	   *place = json_object_get(table->places, id);

	return place != NULL ? table->rows[json_integer_value(place)] : NULL;
}

/* Adds a zeroed row of that size under an id not yet in the table. */
static void *
table_add(struct table *table, const char *id, size_t size)
{
	void	   *row = calloc(1, size);

	if (table->count == table->capacity)
	{
		table->capacity = table->capacity == 0 ? 64 : table->capacity * 2;
		table->rows = realloc(table->rows, table->capacity * sizeof(void *));
	}
	if (row == NULL || table->rows == NULL)
		abort();
	json_object_set_new(table->places, id, json_integer((json_int_t) table->count));
	table->rows[table->count++] = row;
	return row;
}

/* Frees the rows; the caller has freed what they point to. */
static void
table_clear(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->rows[i]);
	free(table->rows);
	json_decref(table->places);
	*table = (struct table) {0};
}

/* Makes the ledger empty and every setting its default. */
static void
start_empty(void)
{
	ledger.payments.places = json_object();
	ledger.refunds.places = json_object();
	ledger.events.places = json_object();
	ledger.customers = json_object();
	ledger.settings = (struct settings) {false, "succeeded", "succeeded",
	"succeeded", "succeeded"};
}

/* Prepares the ledger; called once before any thread starts. */
void
ledger_init(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attributes);
	pthread_condattr_destroy(&attributes);
	start_empty();
}

/* Gives back all memory of the ledger. */
void
ledger_free(void)
{
	for (size_t i = 0; i < ledger.payments.count; i++)
	{
		json_decref(ledger_payment_at(i)->request);
		json_decref(ledger_payment_at(i)->idempotency_keys);
	}
	for (size_t i = 0; i < ledger.refunds.count; i++)
		json_decref(ledger_refund_at(i)->request);
	for (size_t i = 0; i < ledger.events.count; i++)
		free(ledger_event_at(i)->body);
	table_clear(&ledger.payments);
	table_clear(&ledger.refunds);
	table_clear(&ledger.events);
	json_decref(ledger.customers);
	ledger.customers = NULL;
}

/* Forgets everything. */
void
ledger_reset(void)
{
	ledger_free();
	start_empty();
	ledger.generation++;
	ledger_changed();
}

/* Ends every wait for the ledger, for good; takes the mutex itself. */
void
ledger_stop(void)
{
	ledger_lock();
	ledger.stopping = true;
	ledger_wake();
	ledger_unlock();
}

/* Returns how often everything was forgotten; takes the mutex itself. */
uint64_t
ledger_generation(void)
{
	uint64_t	generation;

	ledger_lock();
	generation = ledger.generation;
	ledger_unlock();
	return generation;
}

/* Takes the one mutex of the simulator. */
void
ledger_lock(void)
{
	pthread_mutex_lock(&mutex);
}

/* Gives the mutex back. */
void
ledger_unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

/* Notes that the state file is behind, and wakes whoever waits. */
void
ledger_changed(void)
{
	ledger.changes++;
	ledger_wake();
}

/* Wakes every ledger_wait(). */
void
ledger_wake(void)
{
	pthread_cond_broadcast(&changed);
}

/* Waits, the mutex released meanwhile, for a change or for that long. */
void
ledger_wait(int64_t ms)
{
	struct timespec until = monotonic_after(ms);

	pthread_cond_timedwait(&changed, &mutex, &until);
}

/* Returns the payment at that place in the order of arrival. */
struct payment *
ledger_payment_at(size_t place)
{
	return ledger.payments.rows[place];
}

/* Returns the refund at that place in the order of arrival. */
struct refund *
ledger_refund_at(size_t place)
{
	return ledger.refunds.rows[place];
}

/* Returns the event at that place in the order of arrival. */
struct event *
ledger_event_at(size_t place)
{
	return ledger.events.rows[place];
}

/* Returns the payment with that id if it was really created, else NULL. */
struct payment *
ledger_payment(const char *id)
{
	struct payment *payment = table_find(&ledger.payments, id);

	return payment != NULL && payment->exists ? payment : NULL;
}

/* Returns the refund with that id if it was really created, else NULL. */
struct refund *
ledger_refund(const char *id)
{
	struct refund *refund = table_find(&ledger.refunds, id);

	return refund != NULL && refund->exists ? refund : NULL;
}

/* Returns the event with that id, or NULL. */
struct event *
ledger_event(const char *id)
{
	return table_find(&ledger.events, id);
}

/* Returns the row for a payment id, making it if this is its first mention. */
struct payment *
ledger_payment_slot(const char *id)
{
	struct payment *payment = table_find(&ledger.payments, id);

	if (payment == NULL)
	{
		payment = table_add(&ledger.payments, id, sizeof(*payment));
		strncpy(payment->id, id, ID_SIZE - 1);
		payment->manual_retry = -1;
		payment->amount_received = NO_MONEY;
		payment->idempotency_keys = json_array();
	}
	return payment;
}

/* Returns the row for a refund id, making it if this is its first mention. */
struct refund *
ledger_refund_slot(const char *id)
{
	struct refund *refund = table_find(&ledger.refunds, id);

	if (refund == NULL)
	{
		refund = table_add(&ledger.refunds, id, sizeof(*refund));
		strncpy(refund->id, id, ID_SIZE - 1);
	}
	return refund;
}

/* Adds an event under an id that has none yet, last in the order. */
struct event *
ledger_add_event(const char *id)
{
	struct event *event = table_add(&ledger.events, id, sizeof(*event));

	strncpy(event->id, id, ID_SIZE - 1);
	event->position = ledger.next_position++;
	return event;
}

/* Returns the minor units really taken from the customer. */
int64_t
payment_captured(const struct payment *payment)
{
	const struct intent_status *known = intent_status(payment->status);

	if (payment->amount_received == NO_MONEY ||
		(known != NULL && known->money == MONEY_REVERSED))
		return 0;
	return payment->amount_received;
}

/* Returns the minor units that could still be taken. */
int64_t
payment_capturable(const struct payment *payment)
{
	const struct intent_status *known = intent_status(payment->status);

	if (known == NULL || (known->flags & IS_FINAL) != 0)
		return 0;
	return payment->amount - payment_captured(payment);
}

/* Returns the minor units given back by refunds that succeeded. */
int64_t
payment_refunded(const struct payment *payment)
{
	int64_t		sum = 0;

	for (size_t i = 0; i < ledger.refunds.count; i++)
	{
		const struct refund *refund = ledger_refund_at(i);

		if (refund->exists && strcmp(refund->status, "succeeded") == 0 &&
			strcmp(refund->payment_id, payment->id) == 0)
			sum += refund->amount;
	}
	return sum;
}

/* Tells whether a failed payment may be confirmed once more. */
bool
payment_may_retry(const struct payment *payment)
{
	return payment->manual_retry < 0 ? ledger.settings.manual_retry_enabled
		: payment->manual_retry > 0;
}
