/*
 * reconcile.c
 *		Asking the provider: webhooks can be lost, so polling is no nicety.
 */
#include "billing.h"
#include "billing_jobs.h"
#include "../core/ground/audit.h"
#include "../core/effects/job.h"
#include "../core/effects/provider.h"
#include "../core/ground/token.h"

static VzStmt due_payments = VZ_STMT(
	"select id::text as unit from veza_data.payment where next_check_at <= $1 order by next_check_at limit 200",
	TIMESTAMPTZOID);

static VzStmt due_refunds = VZ_STMT(
	"select id::text as unit from veza_data.refund where next_check_at <= $1 order by next_check_at limit 200",
	TIMESTAMPTZOID);

static VzStmt find_payer = VZ_STMT("select user_id from veza_data.payment where id = $1", UUIDOID);

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

static VzStmt find_by_any_id = VZ_STMT(
	"select id, user_id from veza_data.payment where id = $1 or psp_payment_id = $2"
	" union all"
	" select id, user_id from (select id, user_id from veza_data.payment"
	"                          where subscription_id = $1 order by attempt_no desc limit 1) newest"
	" limit 1",
	UUIDOID, TEXTOID);

static VzStmt begin_phase = VZ_STMT(
	"select * from veza.reconcile_payment_begin($1)", TEXTOID);

static VzStmt end_phase = VZ_STMT(
	"select veza.reconcile_payment_end($1, $2) as result, null::pg_catalog.json as head", UUIDOID, UUIDOID);

static VzStmt outcome = VZ_STMT(
	"select p.psp_payment_id as payment_id, p.state as payment_state, p.psp_status,"
	"       s.id as subscription_id, s.status as subscription_status,"
	"       e.state as question, e.outcome, e.error_code"
	"  from veza_data.payment p"
	"  join veza_data.subscription s on s.id = p.subscription_id"
	"  join veza_data.effect e on e.id = $2"
	" where p.id = $1",
	UUIDOID, UUIDOID);

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
	VzRow		payer;

	if (!vz_query_row(&find_payer, VZ_ARGS(vz_arg_uuid(&id)), &payer))
		return;
	vz_lock_user(vz_row_uuid(&payer, "user_id"));
	if (vz_payment_lock(&id, &p) &&
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
 * Argument: id of a payment (ours or the provider's) or of its subscription.
 * Returns payment and effect.
 */
Datum
reconcile_payment_begin(PG_FUNCTION_ARGS)
{
	char	   *any_id;
	pg_uuid_t	id;
	bool		is_uuid;
	VzPayment	p;
	pg_uuid_t	effect_id;
	VzRow		row;
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	VZ_REQUIRE_ARGUMENTS("id");
	any_id = text_to_cstring(PG_GETARG_TEXT_PP(0));
	is_uuid = vz_parse_uuid(any_id, id.data);
	if (!vz_query_row(&find_by_any_id, VZ_ARGS(vz_arg_uuid(is_uuid ? &id : NULL), vz_arg_text(any_id)), &row))
		vz_raise(vz_fact(vz_refusal(VZ_E_PAYMENT_NOT_FOUND), "id", any_id));
	vz_require_provider();
	vz_lock_user(vz_row_uuid(&row, "user_id"));
	vz_payment_lock(vz_row_uuid(&row, "id"), &p);
	effect_id = vz_payment_ask(&p, "operator", true);
	vz_audit(&(VzAudit) {.action = "dba.reconcile_payment", .resource_type = "payment", .resource_id = vz_uuid_text(&p.id)});
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "reconcile_payment_begin must return a row");
	values[0] = UUIDPGetDatum(&p.id);
	values[1] = UUIDPGetDatum(&effect_id);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* reconcile_payment_end shows what the question came to. */
Datum
reconcile_payment_end(PG_FUNCTION_ARGS)
{
	Datum		json;

	if (!vz_json_row(&outcome, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0)),
									   vz_arg_uuid(PG_GETARG_UUID_P(1))), &json))
		PG_RETURN_NULL();
	return json;
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
