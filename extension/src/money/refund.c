/*
 * refund.c
 *		What becomes of refunds: the provider's facts, another attempt, the
 *		sum beside the payment.
 *
 * Rules T3d, T-lateR and T28 of docs/design.md.
 */
#include "refund.h"

#include "commands/trigger.h"
#include "utils/rel.h"

#include "../auth/account_lock.h"
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "payment_rules.h"
#include "purpose.h"
#include "refund_request.h"

static VzStmt find_refund = VZ_STMT(
	"select r.id, r.payment_id, r.reason, r.attempt_no, p.user_id"
	"  from veza_data.refund r join veza_data.payment p on p.id = r.payment_id where r.id = $1",
	UUIDOID);

static VzStmt lock_refund = VZ_STMT(
	"select state, checks, refusals from veza_data.refund where id = $1 for update", UUIDOID);

static VzStmt read_facts = VZ_STMT(
	"select f->>'status' as status, f->>'error_code' as error_code,"
	"       left(f->>'error_message', 500) as error_message,"
	"       coalesce(f->>'not_found' = 'true', false) as not_found"
	"  from (select $1 as f) facts",
	JSONBOID);

static VzStmt store_facts = VZ_STMT(
	"update veza_data.refund"
	"   set error_code = $2, error_message = $3, checks = $4, next_check_at = $5, refusals = 0 where id = $1",
	UUIDOID, TEXTOID, TEXTOID, INT4OID, TIMESTAMPTZOID);

static VzStmt store_refusal = VZ_STMT(
	"update veza_data.refund"
	"   set error_code = $2, error_message = left($3, 500), refusals = $4, next_check_at = $5 where id = $1",
	UUIDOID, TEXTOID, TEXTOID, INT4OID, TIMESTAMPTZOID);

static VzStmt add_up_refunds = VZ_STMT(
	"update veza_data.payment set refunded_minor = refunded_minor + $2 where id = $1", UUIDOID, INT8OID);

static VzStmt later_attempt = VZ_STMT(
	"select exists (select from veza_data.refund"
	"                where payment_id = $1 and reason = $2 and attempt_no > $3) as yes",
	UUIDOID, TEXTOID, INT4OID);

VZ_FUNCTION(retry_refund);
VZ_FUNCTION(count_refunds);

/* is_final says whether nothing more is to come of a refund by itself. */
static bool
is_final(const char *state)
{
	return strcmp(state, "succeeded") == 0 || strcmp(state, "failed") == 0;
}

void
vz_refund_question_failed(const pg_uuid_t *refund_id, const char *error_code, const char *error_message)
{
	VzRow		row;
	VzRow		locked;
	const char *state;
	int			refusals;
	TimestampTz next = 0;

	if (!vz_query_row(&find_refund, VZ_ARGS(vz_arg_uuid(refund_id)), &row))
		return;
	vz_lock_user(vz_row_uuid(&row, "user_id"));
	vz_query_row(&lock_refund, VZ_ARGS(vz_arg_uuid(refund_id)), &locked);
	state = vz_row_text(&locked, "state");
	refusals = vz_row_int4(&locked, "refusals") + 1;
	if (!is_final(state))
		next = vz_time_plus(vz_now(), vz_schedule_seconds(vz_setting_text("reconcile_schedule"), refusals));
	vz_execute(&store_refusal,
			   VZ_ARGS(vz_arg_uuid(refund_id), vz_arg_text(error_code), vz_arg_text(error_message),
					   vz_arg_int4(refusals), vz_arg_time(next)));
}

/* tell_purpose says what a refund's end means: money that is gone ends the service, money that stays must serve. */
static void
tell_purpose(const pg_uuid_t *payment_id, const char *reason, const char *state, const VzReport *report)
{
	VzPayment	p;

	vz_payment_lock(payment_id, &p);
	if (strcmp(state, "succeeded") == 0)
		vz_purpose_tell_refunded(&p, report);
	else if (strcmp(state, "failed") == 0 && strcmp(reason, "provider") == 0 && strcmp(p.state, "succeeded") == 0)
		vz_purpose_of(&p)->on_payment(&p, "succeeded", report);
}

bool
vz_refund_apply(const pg_uuid_t *refund_id, Datum facts, const VzReport *report)
{
	const char *event;
	const char *state;
	const char *schedule = vz_setting_text("reconcile_schedule");
	int			checks;
	TimestampTz next = 0;
	VzRow		row;
	VzRow		locked;
	VzRow		f;
	VzRow		later;

	if (!vz_query_row(&find_refund, VZ_ARGS(vz_arg_uuid(refund_id)), &row))
		return false;
	vz_lock_user(vz_row_uuid(&row, "user_id"));
	vz_query_row(&lock_refund, VZ_ARGS(vz_arg_uuid(refund_id)), &locked);
	vz_query_row(&read_facts, VZ_ARGS(vz_arg_datum(facts, false)), &f);
	state = vz_row_text(&locked, "state");
	checks = report->asked ? vz_row_int4(&locked, "checks") + 1 : 0;
	if (strcmp(state, "succeeded") == 0)
		return false;

	event = vz_refund_event_of(vz_row_text(&f, "status"));
	vz_query_row(&later_attempt,
				 VZ_ARGS(vz_arg_uuid(vz_row_uuid(&row, "payment_id")),
						 vz_arg_text(vz_row_text(&row, "reason")),
						 vz_arg_int4(vz_row_int4(&row, "attempt_no"))), &later);
	if (vz_row_bool(&f, "not_found") || vz_row_bool(&later, "yes"))
		event = NULL;
	if (event != NULL && vz_machine_next(vz_refund_store.machine, state, event) == NULL)
		event = NULL;			/* the same state again, or older news */

	if (event != NULL)
	{
		VzTransitionNote note = vz_report_note(report, vz_row_uuid(&row, "payment_id"));

		state = vz_transition(&vz_refund_store, refund_id, state, event, &note);
	}
	if (!is_final(state))
		next = vz_time_plus(vz_now(), vz_schedule_seconds(schedule, checks));
	vz_execute(&store_facts,
			   VZ_ARGS(vz_arg_uuid(refund_id), vz_arg_text(vz_row_text(&f, "error_code")),
					   vz_arg_text(vz_row_text(&f, "error_message")), vz_arg_int4(checks),
					   vz_arg_time(next)));
	if (event != NULL)
		tell_purpose(vz_row_uuid(&row, "payment_id"), vz_row_text(&row, "reason"), state, report);
	return event != NULL;
}

/*
 * retry_refund makes the next attempt of a refund that the provider failed;
 * for operators, written to the audit log.
 */
Datum
retry_refund(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id;
	char	   *reason;
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzAudit		entry = {.action = "refund.retry", .resource_type = "refund"};
	VzPayment	p;
	VzRow		row;
	VzRow		locked;

	VZ_REQUIRE_ARGUMENTS("id");
	id = PG_GETARG_UUID_P(0);
	reason = vz_reason_argument(fcinfo, 1, wrong);
	vz_raise_if(wrong);
	if (!vz_query_row(&find_refund, VZ_ARGS(vz_arg_uuid(id)), &row))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_PAYMENT_NOT_FOUND), "refund_id", id));
	vz_lock_user(vz_row_uuid(&row, "user_id"));
	vz_payment_lock(vz_row_uuid(&row, "payment_id"), &p);
	vz_query_row(&lock_refund, VZ_ARGS(vz_arg_uuid(id)), &locked);
	vz_transition(&vz_refund_store, id, vz_row_text(&locked, "state"), "retry",
				  &(VzTransitionNote) {.reason = reason, .payment_id = &p.id});
	/* What was tried at the provider by hand is tried by us from here on. */
	if (strcmp(vz_row_text(&row, "reason"), "provider") == 0
		? !vz_refund_request_attempt(&p, "requested", 1)
		: !vz_refund_request_attempt(&p, vz_row_text(&row, "reason"), vz_row_int4(&row, "attempt_no") + 1))
		vz_raise(vz_fact(vz_fact_uuid(vz_refusal(VZ_E_INVALID_TRANSITION), "refund_id", id), "status",
						 vz_payment_refundable(&p) == 0 ? "nothing is left to refund" : "a later attempt exists"));
	entry.resource_id = vz_uuid_text(id);
	entry.reason = reason;
	vz_audit(&entry);
	PG_RETURN_VOID();
}

/* counted returns what a refund's row counts: its amount, unless it failed. */
static int64
counted(TupleDesc desc, HeapTuple tuple)
{
	VzRow		row = {.tuple = tuple, .desc = desc};

	return strcmp(vz_row_text(&row, "state"), "failed") == 0 ? 0 : vz_row_int8(&row, "amount_minor");
}

/* add_up adds to the sum beside the payment. */
static void
add_up(TupleDesc desc, HeapTuple tuple, int64 minor)
{
	VzRow		row = {.tuple = tuple, .desc = desc};

	if (minor != 0)
		vz_execute(&add_up_refunds, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&row, "payment_id")), vz_arg_int8(minor)));
}

/*
 * count_refunds is the trigger that keeps payment.refunded_minor: an addition
 * under the payment's row lock, so of two refunds that are written at once the
 * second sees the first, and the constraint payment_refunds_fit judges both.
 */
Datum
count_refunds(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		elog(ERROR, "count_refunds must be called as a trigger after each row");
	desc = RelationGetDescr(trigger->tg_relation);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		add_up(desc, trigger->tg_trigtuple, counted(desc, trigger->tg_trigtuple));
	else if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		add_up(desc, trigger->tg_trigtuple, -counted(desc, trigger->tg_trigtuple));
	else
	{
		add_up(desc, trigger->tg_trigtuple, -counted(desc, trigger->tg_trigtuple));
		add_up(desc, trigger->tg_newtuple, counted(desc, trigger->tg_newtuple));
	}
	return PointerGetDatum(NULL);
}
