/*
 * store.c
 *	  The state file.
 *
 * The whole ledger is written beside the file and renamed over it before an
 * answer leaves, so a killed simulator forgets nothing it ever said.  Requests
 * that wait for the same write share it.  There is no fsync: what is simulated
 * is a process that dies, not a machine.
 */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "fields.h"
#include "ledger.h"

static pthread_mutex_t saving = PTHREAD_MUTEX_INITIALIZER;
static uint64_t saved_changes;

/* Returns everything about a payment. */
static json_t *
payment_json(const struct payment *p)
{
	return json_pack("{s:s, s:b, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:b,"
					 " s:i, s:s, s:s, s:s, s:O?, s:O, s:i, s:i, s:i}",
					 "id", p->id, "exists", p->exists, "status", p->status,
					 "scripted", p->scripted, "currency", p->currency,
					 "client_secret", p->client_secret, "amount", (json_int_t) p->amount,
					 "amount_received", (json_int_t) p->amount_received,
					 "session_expiry", (json_int_t) p->session_expiry,
					 "created_ms", (json_int_t) p->created_ms,
					 "modified_ms", (json_int_t) p->modified_ms,
					 "expires_ms", (json_int_t) p->expires_ms,
					 "attempt_count", p->attempt_count, "attempted", p->attempted,
					 "manual_retry", p->manual_retry, "error_code", p->error_code,
					 "error_message", p->error_message,
					 "cancellation_reason", p->cancellation_reason,
					 "request", p->request, "idempotency_keys", p->idempotency_keys,
					 "retrieves", p->retrieves, "cancels", p->cancels,
					 "confirms", p->confirms);
}

/* Returns everything about a refund. */
static json_t *
refund_json(const struct refund *r)
{
	return json_pack("{s:s, s:b, s:s, s:s, s:I, s:s, s:I, s:I, s:O?, s:i}",
					 "id", r->id, "exists", r->exists, "payment_id", r->payment_id,
					 "status", r->status, "amount", (json_int_t) r->amount,
					 "currency", r->currency, "created_ms", (json_int_t) r->created_ms,
					 "updated_ms", (json_int_t) r->updated_ms, "request", r->request,
					 "creates_received", r->creates_received);
}

/* Returns everything about an event. */
static json_t *
event_json(const struct event *e)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:I, s:I, s:i, s:i, s:i}",
					 "id", e->id, "type", e->type, "payment_id", e->payment_id,
					 "refund_id", e->refund_id, "body", e->body,
					 "phase", e->phase == EVENT_SENDING ? EVENT_QUEUED : e->phase,
					 "due_ms", (json_int_t) e->due_ms, "position", (json_int_t) e->position,
					 "attempts", e->attempts, "failures", e->failures,
					 "last_status", e->last_status);
}

/* Returns the whole ledger, valid while it stays locked. */
static json_t *
ledger_json(void)
{
	const struct settings *settings = &ledger.settings;
	json_t	   *payments = json_array();
	json_t	   *refunds = json_array();
	json_t	   *events = json_array();

	for (size_t i = 0; i < ledger.payments.count; i++)
		json_array_append_new(payments, payment_json(ledger_payment_at(i)));
	for (size_t i = 0; i < ledger.refunds.count; i++)
		json_array_append_new(refunds, refund_json(ledger_refund_at(i)));
	for (size_t i = 0; i < ledger.events.count; i++)
		json_array_append_new(events, event_json(ledger_event_at(i)));
	return json_pack("{s:o, s:o, s:o, s:O, s:I, s:I, s:{s:b, s:s, s:s, s:s, s:s}}",
					 "payments", payments, "refunds", refunds, "events", events,
					 "customers", ledger.customers,
					 "next_position", (json_int_t) ledger.next_position,
					 "clock_offset_s", (json_int_t) clock_offset_s(), "settings",
					 "manual_retry_enabled", settings->manual_retry_enabled,
					 "mit_outcome", settings->mit_outcome,
					 "confirm_outcome", settings->confirm_outcome,
					 "processing_outcome", settings->processing_outcome,
					 "refund_outcome", settings->refund_outcome);
}

/* Replaces the state file by these bytes, whole or not at all. */
static bool
replace_file(const char *text)
{
	char		beside[4096];
	size_t		size = strlen(text);
	int			file;
	bool		written;

	snprintf(beside, sizeof(beside), "%s.new", config.state_file);
	file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0)
		return false;
	written = write(file, text, size) == (ssize_t) size;
	written = close(file) == 0 && written;
	return written && rename(beside, config.state_file) == 0;
}

/* Writes the ledger to the file and notes up to which change it is written. */
static bool
save(void)
{
	uint64_t	changes;
	json_t	   *json;
	char	   *text;
	bool		done;

	ledger_lock();
	changes = ledger.changes;
	json = ledger_json();
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	ledger_unlock();
	done = text != NULL && replace_file(text);
	if (done)
		saved_changes = changes;
	else
		fprintf(stderr, "veza-pspsim: cannot write %s: %s\n", config.state_file,
				strerror(errno));
	free(text);
	return done;
}

/* Returns once the file holds at least what the ledger holds at the call. */
bool
store_sync(void)
{
	uint64_t	wanted;
	bool		done;

	if (config.state_file == NULL)
		return true;
	ledger_lock();
	wanted = ledger.changes;
	ledger_unlock();
	/* Whoever waited here often finds that the write before was enough. */
	pthread_mutex_lock(&saving);
	done = saved_changes >= wanted || save();
	pthread_mutex_unlock(&saving);
	return done;
}

/* Copies a string member into a buffer of that size. */
static void
load_text(char *out, size_t size, const json_t *object, const char *name)
{
	copy_text(out, size, get_string(object, name, ""));
}

#define LOAD_TEXT(row, object, member) \
	load_text((row)->member, sizeof((row)->member), object, #member)
#define LOAD_INTEGER(row, object, member) \
	((row)->member = get_integer(object, #member, (row)->member))
#define LOAD_BOOL(row, object, member) \
	((row)->member = get_bool(object, #member, (row)->member))

/* Adds a payment as it was saved. */
static void
load_payment(const json_t *saved)
{
	struct payment *p = ledger_payment_slot(get_string(saved, "id", ""));

	LOAD_BOOL(p, saved, exists);
	LOAD_TEXT(p, saved, status);
	LOAD_TEXT(p, saved, scripted);
	LOAD_TEXT(p, saved, currency);
	LOAD_TEXT(p, saved, client_secret);
	LOAD_INTEGER(p, saved, amount);
	LOAD_INTEGER(p, saved, amount_received);
	LOAD_INTEGER(p, saved, session_expiry);
	LOAD_INTEGER(p, saved, created_ms);
	LOAD_INTEGER(p, saved, modified_ms);
	LOAD_INTEGER(p, saved, expires_ms);
	LOAD_INTEGER(p, saved, attempt_count);
	LOAD_BOOL(p, saved, attempted);
	LOAD_INTEGER(p, saved, manual_retry);
	LOAD_TEXT(p, saved, error_code);
	LOAD_TEXT(p, saved, error_message);
	LOAD_TEXT(p, saved, cancellation_reason);
	LOAD_INTEGER(p, saved, retrieves);
	LOAD_INTEGER(p, saved, cancels);
	LOAD_INTEGER(p, saved, confirms);
	if (p->exists)
		p->request = json_deep_copy(json_object_get(saved, "request"));
	json_array_extend(p->idempotency_keys, json_object_get(saved, "idempotency_keys"));
}

/* Adds a refund as it was saved. */
static void
load_refund(const json_t *saved)
{
	struct refund *r = ledger_refund_slot(get_string(saved, "id", ""));

	LOAD_BOOL(r, saved, exists);
	LOAD_TEXT(r, saved, payment_id);
	LOAD_TEXT(r, saved, status);
	LOAD_INTEGER(r, saved, amount);
	LOAD_TEXT(r, saved, currency);
	LOAD_INTEGER(r, saved, created_ms);
	LOAD_INTEGER(r, saved, updated_ms);
	LOAD_INTEGER(r, saved, creates_received);
	if (r->exists)
		r->request = json_deep_copy(json_object_get(saved, "request"));
}

/* Adds an event as it was saved. */
static void
load_event(const json_t *saved)
{
	struct event *e = ledger_add_event(get_string(saved, "id", ""));

	LOAD_TEXT(e, saved, type);
	LOAD_TEXT(e, saved, payment_id);
	LOAD_TEXT(e, saved, refund_id);
	LOAD_INTEGER(e, saved, phase);
	LOAD_INTEGER(e, saved, due_ms);
	LOAD_INTEGER(e, saved, position);
	LOAD_INTEGER(e, saved, attempts);
	LOAD_INTEGER(e, saved, failures);
	LOAD_INTEGER(e, saved, last_status);
	e->body = strdup(get_string(saved, "body", "{}"));
}

/* Fills the empty ledger from what was saved. */
static void
load_ledger(const json_t *saved)
{
	const json_t *settings = json_object_get(saved, "settings");
	size_t		i;
	json_t	   *row;

	json_array_foreach(json_object_get(saved, "payments"), i, row)
		load_payment(row);
	json_array_foreach(json_object_get(saved, "refunds"), i, row)
		load_refund(row);
	json_array_foreach(json_object_get(saved, "events"), i, row)
		load_event(row);
	json_object_update(ledger.customers, json_object_get(saved, "customers"));
	LOAD_INTEGER(&ledger, saved, next_position);
	clock_set_offset_s(get_integer(saved, "clock_offset_s", 0));
	LOAD_BOOL(&ledger.settings, settings, manual_retry_enabled);
	LOAD_TEXT(&ledger.settings, settings, mit_outcome);
	LOAD_TEXT(&ledger.settings, settings, confirm_outcome);
	LOAD_TEXT(&ledger.settings, settings, processing_outcome);
	LOAD_TEXT(&ledger.settings, settings, refund_outcome);
}

/* Loads the state file, if one is named and exists, and proves it writable. */
bool
store_load(void)
{
	json_error_t error;
	json_t	   *saved;

	if (config.state_file == NULL)
		return true;
	ledger.changes++;
	if (access(config.state_file, F_OK) != 0)
		return store_sync();
	saved = json_load_file(config.state_file, 0, &error);
	if (saved == NULL)
	{
		fprintf(stderr, "veza-pspsim: cannot read %s: %s\n", config.state_file, error.text);
		return false;
	}
	load_ledger(saved);
	json_decref(saved);
	return store_sync();
}
