/*
 * psp_webhook.c
 *		The inbox of the provider's webhooks.
 *
 * veza-httpd has checked the signature over the raw bytes. Here every event
 * is stored once, and applied in the same transaction; when applying fails,
 * the event is kept and tried again by the jobs: an event that we stored is
 * ours. Order and duplicates do not matter: the merge rule decides.
 *
 * What is stored of a body is what vz_psp_webhook lists. Nothing else in it is
 * looked at, so nothing else can hinder it.
 */
#include "../core/effects/job.h"
#include "../core/ground/attempt.h"
#include "../core/ground/clock.h"
#include "../core/ground/digest.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"
#include "money_jobs.h"
#include "payment.h"
#include "payment_apply.h"
#include "payment_rules.h"
#include "psp_document.h"
#include "refund.h"
#include "refund_found.h"

#define MAX_INBOX_ATTEMPTS 20

static VzStmt read_envelope = VZ_STMT(
	"select e->>'event_id' as event_id, e->>'event_type' as event_type,"
	"       e->'content'->'object'->>'payment_id' as payment_id,"
	"       e->'content'->'object'->>'refund_id' as refund_id"
	"  from (select $1 as e) envelope",
	JSONBOID);

static VzStmt insert_event = VZ_STMT(
	"insert into veza_data.psp_event"
	"  (event_id, event_type, psp_payment_id, psp_refund_id, payload, body_sha256, received_at, request_id)"
	" values ($1, $2, left($3, 200), left($4, 200), $5, $6, $7, $8)"
	" on conflict (event_id) do nothing",
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, BYTEAOID, TIMESTAMPTZOID, TEXTOID);

static VzStmt read_event = VZ_STMT(
	"select event_id, event_type, payload->'content'->>'type' as content_type, psp_payment_id,"
	"       psp_refund_id, coalesce(payload->'content'->'object', '{}') as object,"
	"       payload->'content'->'object'->>'dispute_status' as dispute_status, attempts, request_id"
	"  from veza_data.psp_event where event_id = $1 for update",
	TEXTOID);

static VzStmt find_payment = VZ_STMT(
	"select id from veza_data.payment where psp_payment_id = $1", TEXTOID);

static VzStmt find_refund = VZ_STMT(
	"select id from veza_data.refund where psp_refund_id = $1", TEXTOID);

static VzStmt find_payment_of_refund = VZ_STMT(
	"select payment_id as id from veza_data.refund where psp_refund_id = $1",
	TEXTOID);

static VzStmt store_result = VZ_STMT(
	"update veza_data.psp_event"
	"   set result = $2, error = $3, attempts = attempts + 1, applied_at = $4, next_try_at = $5"
	" where event_id = $1",
	TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt due_events = VZ_STMT(
	"select event_id as unit from veza_data.psp_event where next_try_at <= $1 order by next_try_at limit 100",
	TIMESTAMPTZOID);

static VzStmt lock_due_event = VZ_STMT(
	"select from veza_data.psp_event where event_id = $1 and next_try_at <= $2 for update skip locked",
	TEXTOID, TIMESTAMPTZOID);

static VzStmt sweep_inbox = VZ_STMT(
	"delete from veza_data.psp_event where event_id in"
	" (select event_id from veza_data.psp_event where received_at < $1 and next_try_at is null limit 1000)",
	TIMESTAMPTZOID);

VZ_FUNCTION(psp_webhook);

/* apply_refund takes news about a refund: ours by its id, one made at the provider by its payment's. */
static bool
apply_refund(const VzRow *event, const VzRow *payment, Datum object, const VzReport *report)
{
	VzPayment	p;
	VzRow		refund;

	if (vz_query_row(&find_refund, VZ_ARGS(vz_arg_text(vz_row_text(event, "psp_refund_id"))), &refund))
		return vz_refund_apply(vz_row_uuid(&refund, "id"), object, report);
	vz_payment_lock_with_payer(vz_row_uuid(payment, "id"), &p);
	/* Money of which we do not know yet that it came: ask, it decides what the refund means. */
	if (vz_payment_is_open(p.state) || vz_payment_is_dead(p.state))
		vz_payment_ask(&p, "refunded at the provider", false);
	return vz_refund_found(&p, object, report);
}

/* apply_event hands the event's object to the payment or refund it is about; returns the result word. */
static const char *
apply_event(const VzRow *event)
{
	VzReport	report = {.source = "webhook", .psp_event_id = vz_row_text(event, "event_id"),
	.reason = vz_row_text(event, "event_type")};
	const char *type = vz_row_text(event, "content_type");
	bool		is_refund = type != NULL && strcmp(type, "refund_details") == 0;
	bool		is_dispute = type != NULL && strcmp(type, "dispute_details") == 0;
	bool		isnull;
	Datum		object = vz_row_datum(event, "object", &isnull);
	bool		is_ours;
	bool		changed;
	VzRow		payment;

	if (type == NULL || (!is_refund && !is_dispute && strcmp(type, "payment_details") != 0))
		return "ignored";
	is_ours = vz_query_row(&find_payment, VZ_ARGS(vz_arg_text(vz_row_text(event, "psp_payment_id"))), &payment);
	if (is_refund && !is_ours)
		is_ours = vz_query_row(&find_payment_of_refund,
							   VZ_ARGS(vz_arg_text(vz_row_text(event, "psp_refund_id"))), &payment);
	if (!is_ours)
		return "unknown_payment";
	if (is_refund)
		changed = apply_refund(event, &payment, object, &report);
	else
		/* While a dispute is open nothing is decided; lost, it is a reversal. */
		changed = (!is_dispute ||
				   strcmp(vz_payment_state_of(vz_row_text(event, "dispute_status")), "reversed") == 0) &&
			vz_payment_apply(vz_row_uuid(&payment, "id"), object, &report);
	return changed ? "applied" : "no_change";
}

/* An event on its way through a savepoint. */
typedef struct Delivery
{
	const VzRow *event;
	const char *result;
} Delivery;

/* deliver applies the event; an error here keeps the inbox row. */
static void
deliver(void *state)
{
	Delivery   *d = state;

	d->result = apply_event(d->event);
}

/* work_on applies a stored event and notes what became of it. */
static const char *
work_on(const char *event_id)
{
	TimestampTz now = vz_now();
	TimestampTz next = 0;
	const char *error;
	const char *result;
	int			attempts;
	VzRow		event;
	Delivery	delivery = {.event = &event};

	vz_query_row(&read_event, VZ_ARGS(vz_arg_text(event_id)), &event);
	attempts = vz_row_int4(&event, "attempts") + 1;
	error = vz_attempt(deliver, &delivery);
	result = error == NULL ? delivery.result : "failed";
	if (error != NULL)
		ereport(WARNING,
				(errmsg("webhook event \"%s\" was stored but could not be applied: %s", event_id, error),
				 errhint("veza.run_due_jobs() tries it again.")));

	/* A payment of ours is committed before the provider hears of it: an unknown one is soon given up. */
	if (strcmp(result, "failed") == 0 && attempts < MAX_INBOX_ATTEMPTS)
		next = vz_time_plus(now, Min(INT64CONST(1) << attempts, 3600));
	else if (strcmp(result, "unknown_payment") == 0 && attempts < 3)
		next = vz_time_plus(now, 60 * attempts);
	vz_execute(&store_result,
			   VZ_ARGS(vz_arg_text(event_id), vz_arg_text(result), vz_arg_text(error),
					   vz_arg_time(strcmp(result, "failed") == 0 ? 0 : now), vz_arg_time(next)));
	return result;
}

/* read_body takes of a body what is listed; raises when it is no JSON object. */
static Datum
read_body(text *body)
{
	size_t		len = VARSIZE_ANY_EXHDR(body);
	char	   *kept = palloc(VZ_FOREIGN_ROOM(len));

	if (!vz_foreign_read(VARDATA_ANY(body), len, vz_psp_webhook, kept, VZ_FOREIGN_ROOM(len)))
		vz_raise_error(VZ_E_MALFORMED_JSON);
	return vz_arg_jsonb(kept).value;
}

/*
 * psp_webhook stores a webhook of the payment provider and applies it.
 *
 * Argument: the body as received, whose signature has been verified. Answers
 * {"received":true,"result":...}; a second delivery of the same event changes
 * nothing.
 */
Datum
psp_webhook(PG_FUNCTION_ARGS)
{
	text	   *body = PG_GETARG_TEXT_PP(0);
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	Datum		payload = read_body(body);
	StringInfoData answer;
	const char *result;
	char	   *event_id;
	VzRow		row;

	vz_query_row(&read_envelope, VZ_ARGS(vz_arg_datum(payload, false)), &row);
	event_id = vz_row_text(&row, "event_id");
	if (event_id == NULL || event_id[0] == '\0' || pg_mbstrlen(event_id) > VZ_PSP_EVENT_ID_MAX)
		vz_field_error(wrong, "event_id", "must be a text of 1 to 200 characters");
	if (vz_row_isnull(&row, "event_type"))
		vz_field_error(wrong, "event_type", "is missing");
	vz_raise_if(wrong);

	if (vz_execute(&insert_event,
				   VZ_ARGS(vz_arg_text(event_id), vz_arg_text(vz_row_text(&row, "event_type")),
						   vz_arg_text(vz_row_text(&row, "payment_id")),
						   vz_arg_text(vz_row_text(&row, "refund_id")),
						   vz_arg_datum(payload, false),
						   vz_arg_sha256(VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body)),
						   vz_arg_time(vz_now()), vz_arg_text(vz_request_id()))) == 0)
		result = "duplicate";
	else
		result = work_on(event_id);

	initStringInfo(&answer);
	appendStringInfo(&answer, "{\"received\":true,\"result\":\"%s\"}", result);
	return vz_json_datum(&answer);
}

VzRows
vz_job_retry_inbox_units(void)
{
	return vz_query_rows(&due_events, VZ_ARGS(vz_arg_time(vz_now())));
}

void
vz_job_retry_event(const char *unit)
{
	VzRow		event;

	if (vz_query_row(&lock_due_event, VZ_ARGS(vz_arg_text(unit), vz_arg_time(vz_now())), &event))
		work_on(unit);
}

int64
vz_job_sweep_inbox(void)
{
	return vz_sweep(&sweep_inbox, "inbox_keep");
}
