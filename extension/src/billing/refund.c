/*
 * refund.c
 *		Refunds: money that serves nothing goes back by itself, once.
 *
 * Rules T3d, T-lateR and T28 of docs/design.md. The refund's id at the
 * provider is made from our row's, so a repeated call refunds nothing twice.
 */
#include "billing.h"
#include "payment_rules.h"
#include "../core/token.h"

static VzStmt new_uuid = VZ_STMT_NO_ARGS("select gen_random_uuid() as id");

static VzStmt insert_refund = VZ_STMT(
	"insert into veza_data.refund"
	"  (id, payment_id, reason, attempt_no, psp_refund_id, amount_minor, currency, state,"
	"   created_at, updated_at)"
	" values ($1, $2, $3, $4, $5, $6, $7, 'requested', $8, $8)"
	" on conflict do nothing",
	UUIDOID, UUIDOID, TEXTOID, INT4OID, TEXTOID, INT8OID, TEXTOID, TIMESTAMPTZOID);

static VzStmt find_refund = VZ_STMT(
	"select r.id, r.payment_id, r.reason, r.attempt_no, r.state, r.checks, r.psp_refund_id, p.user_id"
	"  from veza_data.refund r join veza_data.payment p on p.id = r.payment_id where r.id = $1",
	UUIDOID);

static VzStmt lock_refund = VZ_STMT(
	"select state, checks from veza_data.refund where id = $1 for update", UUIDOID);

static VzStmt read_facts = VZ_STMT(
	"select f->>'status' as status, f->>'error_code' as error_code,"
	"       left(f->>'error_message', 500) as error_message,"
	"       coalesce(f->>'not_found' = 'true', false) as not_found"
	"  from (select $1 as f) facts",
	JSONBOID);

static VzStmt store_facts = VZ_STMT(
	"update veza_data.refund"
	"   set error_code = $2, error_message = $3, checks = $4, next_check_at = $5 where id = $1",
	UUIDOID, TEXTOID, TEXTOID, INT4OID, TIMESTAMPTZOID);

static VzStmt later_attempt = VZ_STMT(
	"select exists (select from veza_data.refund"
	"                where payment_id = $1 and reason = $2 and attempt_no > $3) as yes",
	UUIDOID, TEXTOID, INT4OID);

VZ_FUNCTION(retry_refund);

/* request_attempt makes one refund row and queues it; false when that attempt exists already. */
static bool
request_attempt(const VzPayment *p, const char *reason, int attempt_no)
{
	char		text[VZ_BASE32_UUID_LEN + 1];
	pg_uuid_t	id;
	char	   *psp_refund_id;
	VzRow		row;

	vz_query_row(&new_uuid, VZ_NO_ARGS, &row);
	id = *vz_row_uuid(&row, "id");
	vz_base32_uuid(id.data, text);
	psp_refund_id = psprintf("ref_%s", text);
	if (vz_execute(&insert_refund,
				   VZ_ARGS(vz_arg_uuid(&id), vz_arg_uuid(&p->id), vz_arg_text(reason),
						   vz_arg_int4(attempt_no), vz_arg_text(psp_refund_id),
						   vz_arg_int8(p->amount_minor), vz_arg_text(p->currency),
						   vz_arg_time(vz_now()))) == 0)
		return false;
	vz_transition_created(&vz_refund_store, &id, "request",
						  &(VzTransitionNote) {.payment_id = &p->id, .reason = reason});
	vz_effect_queue(&(VzEffectOrder) {.kind = "psp_refund", .subject_id = &id, .reason = reason,
					.request = psprintf("{\"refund_id\":\"%s\",\"payment_id\":\"%s\",\"amount\":" INT64_FORMAT
										",\"reason\":\"%s\"}",
										psp_refund_id, p->psp_payment_id, p->amount_minor,
										strcmp(reason, "duplicate") == 0 ? "duplicate" : "requested_by_customer")});
	return true;
}

void
vz_refund_request(const VzPayment *p, const char *reason)
{
	request_attempt(p, reason, 1);
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
		state = vz_transition(&vz_refund_store, refund_id, state, event,
							  &(VzTransitionNote) {.source = report->source, .reason = report->reason,
							  .payment_id = vz_row_uuid(&row, "payment_id"),
							  .psp_event_id = report->psp_event_id});
	if (strcmp(state, "succeeded") != 0 && strcmp(state, "failed") != 0)
		next = vz_time_plus(vz_now(), vz_schedule_seconds(schedule, checks));
	vz_execute(&store_facts,
			   VZ_ARGS(vz_arg_uuid(refund_id), vz_arg_text(vz_row_text(&f, "error_code")),
					   vz_arg_text(vz_row_text(&f, "error_message")), vz_arg_int4(checks),
					   vz_arg_time(next)));
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
	if (!request_attempt(&p, vz_row_text(&row, "reason"), vz_row_int4(&row, "attempt_no") + 1))
		vz_raise(vz_fact(vz_fact_uuid(vz_refusal(VZ_E_INVALID_TRANSITION), "refund_id", id),
						 "status", "a later attempt exists"));
	entry.resource_id = vz_uuid_text(id);
	entry.reason = reason;
	vz_audit(&entry);
	PG_RETURN_VOID();
}
