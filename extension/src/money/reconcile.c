/*
 * reconcile.c
 *		Asking the provider: webhooks can be lost, so polling is no nicety.
 */
#include "../auth/account_lock.h"
#include "../core/effects/effect.h"
#include "../core/effects/job.h"
#include "../core/effects/provider.h"
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/request/flow.h"
#include "money_jobs.h"
#include "payment.h"
#include "purpose.h"

static VzStmt due_payments = VZ_STMT(
	"select id::text as unit from veza_data.payment where next_check_at <= $1 order by next_check_at limit 200",
	TIMESTAMPTZOID);

static VzStmt due_refunds = VZ_STMT(
	"select id::text as unit from veza_data.refund where next_check_at <= $1 order by next_check_at limit 200",
	TIMESTAMPTZOID);

static VzStmt find_refund = VZ_STMT(
	"select r.psp_refund_id, p.user_id"
	"  from veza_data.refund r join veza_data.payment p on p.id = r.payment_id where r.id = $1",
	UUIDOID);

static VzStmt postpone_payment = VZ_STMT(
	"update veza_data.payment set next_check_at = $2 where id = $1 and next_check_at <= $3",
	UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt postpone_refund = VZ_STMT(
	"update veza_data.refund set next_check_at = $2 where id = $1 and next_check_at <= $3",
	UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt begin_phase = VZ_STMT(
	"select * from veza.reconcile_payment_begin($1)", TEXTOID);

static VzStmt end_phase = VZ_STMT(
	"select veza.reconcile_payment_end($1, $2) as result, null::pg_catalog.json as head", UUIDOID, UUIDOID);

static VzStmt question = VZ_STMT(
	"select state, outcome, error_code from veza_data.effect where id = $1", UUIDOID);

VZ_FUNCTION(reconcile_payment_begin);
VZ_FUNCTION(reconcile_payment_end);
VZ_FUNCTION(reconcile_payment);

VzRows
vz_job_reconcile_payments_units(void)
{
	return vz_query_rows(&due_payments, VZ_ARGS(vz_arg_time(vz_now())));
}

void
vz_job_reconcile_payment(const char *unit)
{
	pg_uuid_t	id = vz_unit_uuid(unit);
	TimestampTz now = vz_now();
	VzPayment	p;

	if (vz_payment_lock_with_payer(&id, &p) &&
		vz_execute(&postpone_payment, VZ_ARGS(vz_arg_uuid(&id), vz_arg_time(vz_time_plus(now, 3600)), vz_arg_time(now))) > 0 &&
		vz_payment_was_sent(&p))
		vz_payment_ask(&p, "reconcile", false);
}

VzRows
vz_job_reconcile_refunds_units(void)
{
	return vz_query_rows(&due_refunds, VZ_ARGS(vz_arg_time(vz_now())));
}

void
vz_job_reconcile_refund(const char *unit)
{
	pg_uuid_t	id = vz_unit_uuid(unit);
	TimestampTz now = vz_now();
	VzRow		refund;

	if (!vz_query_row(&find_refund, VZ_ARGS(vz_arg_uuid(&id)), &refund))
		return;
	vz_lock_user(vz_row_uuid(&refund, "user_id"));
	if (vz_execute(&postpone_refund, VZ_ARGS(vz_arg_uuid(&id), vz_arg_time(vz_time_plus(now, 3600)), vz_arg_time(now))) > 0)
		vz_effect_queue(&(VzEffectOrder) {.kind = "psp_refund_retrieve", .subject_id = &id,
						.request = psprintf("{\"refund_id\":\"%s\"}", vz_row_text(&refund, "psp_refund_id")),
						.reason = "reconcile"});
}

/*
 * reconcile_payment_begin queues a waited question about a payment.
 *
 * Argument: id of a payment (ours or the provider's) or of what it pays for.
 * Returns payment and effect.
 */
Datum
reconcile_payment_begin(PG_FUNCTION_ARGS)
{
	char	   *any_id;
	pg_uuid_t	id;
	VzPayment	p;
	pg_uuid_t	effect_id;
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	VZ_REQUIRE_ARGUMENTS("id");
	any_id = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (!vz_payment_find(any_id, &id))
		vz_raise(vz_fact(vz_refusal(VZ_E_PAYMENT_NOT_FOUND), "id", any_id));
	vz_require_provider();
	vz_payment_lock_with_payer(&id, &p);
	effect_id = vz_payment_ask(&p, "operator", true);
	vz_audit(&(VzAudit) {.action = "dba.reconcile_payment", .resource_type = "payment", .resource_id = vz_uuid_text(&p.id)});
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "reconcile_payment_begin must return a row");
	values[0] = UUIDPGetDatum(&p.id);
	values[1] = UUIDPGetDatum(&effect_id);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* append_text_member appends a member to an object that is still open; a value may be NULL. */
static void
append_text_member(StringInfo json, const char *name, const char *value)
{
	appendStringInfoChar(json, json->len == 0 ? '{' : ',');
	escape_json(json, name);
	appendStringInfoChar(json, ':');
	if (value == NULL)
		appendStringInfoString(json, "null");
	else
		escape_json(json, value);
}

/* reconcile_payment_end shows what the question came to: how payment and subject stand, and the question itself. */
Datum
reconcile_payment_end(PG_FUNCTION_ARGS)
{
	StringInfoData json;
	VzSubject	subject;
	VzPayment	p;
	VzRow		row;

	if (!vz_payment_lock_with_payer(PG_GETARG_UUID_P(0), &p) ||
		!vz_query_row(&question, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(1))), &row))
		PG_RETURN_NULL();
	subject = vz_subject_of(&p);
	initStringInfo(&json);
	append_text_member(&json, "payment_id", p.psp_payment_id);
	append_text_member(&json, "payment_state", p.state);
	append_text_member(&json, "psp_status", p.psp_status);
	append_text_member(&json, vz_subject_key(&p), vz_uuid_text(&p.subject_id));
	append_text_member(&json, psprintf("%s_status", vz_purpose_of(&p)->subject), subject.status);
	append_text_member(&json, "question", vz_row_text(&row, "state"));
	append_text_member(&json, "outcome", vz_row_text(&row, "outcome"));
	append_text_member(&json, "error_code", vz_row_text(&row, "error_code"));
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}

/*
 * reconcile_payment asks the provider about a payment now and applies the
 * answer; for the operator at night.
 */
Datum
reconcile_payment(PG_FUNCTION_ARGS)
{
	VzFlow		flow;
	VzRow		begun;
	VzRow		end;

	vz_flow_begin(&flow, fcinfo);
	vz_flow_phase(&flow, &begin_phase, VZ_ARGS(vz_arg_datum(PG_GETARG_DATUM(0), PG_ARGISNULL(0))), &begun);
	(void) vz_flow_wait(&flow, vz_row_uuid(&begun, "effect_id"));
	vz_flow_phase(&flow, &end_phase,
				  VZ_ARGS(vz_arg_uuid(vz_row_uuid(&begun, "payment_id")),
						  vz_arg_uuid(vz_row_uuid(&begun, "effect_id"))), &end);
	return vz_flow_answer(&flow, &end);
}
