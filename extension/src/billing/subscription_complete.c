/*
 * subscription_complete.c
 *		The way back to a stalled payment.
 *
 * Recovery returns the same payment while it can still take money; a new
 * attempt appears only after the old one is dead at the provider. It runs in
 * steps: each step looks at the rows, and either answers or names an effect
 * to wait for. Any step may be the last one before a crash, and the next
 * recovery takes up from the rows. Rule T8 of docs/design.md.
 */
#include "subscription_complete.h"

#include "../core/effects/provider.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../money/payment.h"
#include "entitlement.h"
#include "subscription_payment.h"

#define MAX_STEPS 12

static VzStmt read_effect = VZ_STMT(
	"select kind, subject_id, state, outcome, error_code, error_message, secret from veza_data.effect where id = $1",
	UUIDOID);

static VzStmt stop_waiting = VZ_STMT(
	"update veza_data.effect"
	"   set waiters = array_remove(waiters, $2),"
	"       secret = case when array_remove(waiters, $2) = '{}' then null else secret end"
	" where id = $1",
	UUIDOID, INT4OID);

static VzStmt step_phase = VZ_STMT(
	"select * from veza.subscription_payment_step($1, $2, $3, $4)",
	UUIDOID, UUIDOID, BOOLOID, BOOLOID);

static VzStmt begin_phase = VZ_STMT(
	"select veza.subscription_complete_begin($1) as id", UUIDOID);

VZ_FUNCTION(subscription_complete_begin);
VZ_FUNCTION(subscription_payment_step);
VZ_FUNCTION(subscription_complete);

/* What a step comes to: an answer, or an effect to wait for. */
typedef struct Step
{
	bool		waits;
	pg_uuid_t	effect_id;
	const char *secret;			/* the client secret that the provider just gave */
	bool		was_created;	/* the provider says that the payment is there */
} Step;

/* payment_facts names the payment in a refusal, so that the user can always come back. */
static VzRefusal *
payment_facts(VzError error, const VzSubscription *s, const VzPayment *p)
{
	VzRefusal  *r = vz_refusal(error);

	vz_fact_uuid(r, "subscription_id", &s->id);
	vz_fact(r, "payment_id", p->psp_payment_id);
	vz_fact(r, "complete_url", vz_complete_url(&s->id));
	vz_next_step(r, psprintf("POST %s returns the same payment; you will not be charged twice.",
							 vz_complete_url(&s->id)),
				 psprintf("CALL veza.subscription_complete('%s'); returns the same payment.",
						  vz_uuid_text(&s->id)));
	return r;
}

/* read_answer reads what the awaited effect brought; raises when it brought no answer. */
static bool
read_answer(const pg_uuid_t *effect_id, bool timed_out, const VzSubscription *s,
			const VzPayment *p, Step *step)
{
	VzRow		row;
	const char *cause;
	VzRefusal  *r;
	bool		is_of_payment;

	vz_query_row(&read_effect, VZ_ARGS(vz_arg_uuid(effect_id)), &row);
	vz_execute(&stop_waiting, VZ_ARGS(vz_arg_uuid(effect_id), vz_arg_int4(MyProcPid)));
	/* The answer may have made another attempt the current one. */
	is_of_payment = vz_uuid_equal(vz_row_uuid(&row, "subject_id"), &p->id);
	if (is_of_payment)
		step->secret = vz_row_text(&row, "secret");
	if (strcmp(vz_row_text(&row, "state"), "done") == 0)
	{
		step->was_created = is_of_payment && strcmp(vz_row_text(&row, "kind"), "psp_create") == 0;
		return is_of_payment && strcmp(vz_row_text(&row, "kind"), "psp_cancel") != 0;
	}

	/* Silence is silence, whether it was this call's time that ran out or the relay's. */
	cause = vz_row_text(&row, "error_code");
	timed_out |= cause != NULL && strcmp(cause, "timeout") == 0;
	r = payment_facts(timed_out ? VZ_E_PAYMENT_PROVIDER_TIMEOUT : VZ_E_PAYMENT_PROVIDER_ERROR, s, p);
	if (!timed_out)
		vz_fact(r, "cause", cause);
	vz_raise(vz_retry_after(r, 5));
}

/* wait_for makes the step wait for an effect. */
static void
wait_for(Step *step, pg_uuid_t effect_id)
{
	step->waits = true;
	step->effect_id = effect_id;
}

/* next_attempt prepares the attempt after a dead one. */
static void
next_attempt(VzSubscription *s, VzPayment *p, Step *step)
{
	int			attempt_no = vz_subscription_last_attempt(s) + 1;

	if (attempt_no > vz_setting_int("payment_attempts"))
		vz_raise(payment_facts(VZ_E_PAYMENT_ATTEMPTS_EXHAUSTED, s, p));
	wait_for(step, vz_subscription_prepare_payment(s, attempt_no, p));
}

/* is_over says whether the attempt can bring no money to the subscription any more: it is dead, or the money went back. */
static bool
is_over(const VzPayment *p)
{
	return strcmp(p->state, "cancelled") == 0 || strcmp(p->state, "expired") == 0 ||
		strcmp(p->state, "reversed") == 0 ||
		(strcmp(p->state, "succeeded") == 0 && vz_payment_refundable(p) == 0);
}

/* session_is_over says whether the client secret can no longer be used. */
static bool
session_is_over(const VzPayment *p)
{
	return p->session_expires_at != 0 &&
		vz_now() >= vz_time_plus(p->session_expires_at, -vz_setting_int("session_guard"));
}

/*
 * decide is the recovery table: from the payment's state, and whether the
 * provider has just been asked, to an answer or the next thing to wait for.
 */
static void
decide(VzSubscription *s, VzPayment *p, bool is_fresh, Step *step)
{
	bool		is_open = strcmp(p->state, "open") == 0;
	bool		can_retry = strcmp(p->state, "failed") == 0 && p->manual_retry_allowed;
	bool		is_missing = strcmp(p->state, "prepared") == 0 || (p->psp_missing && is_open);

	if (is_missing && step->was_created)
		vz_raise(vz_retry_after(vz_fact(payment_facts(VZ_E_PAYMENT_PROVIDER_ERROR, s, p), "cause", "contradiction"), 5));
	if (is_missing)
		wait_for(step, vz_subscription_create_payment(s, p));
	else if (is_over(p))
		next_attempt(s, p, step);
	else if (!is_fresh)
		wait_for(step, vz_payment_ask(p, "recovery", true));
	else if (is_open && session_is_over(p))
		wait_for(step, vz_payment_queue_cancel(p, "session over", true));
	else if (strcmp(p->state, "failed") == 0 && (!can_retry || session_is_over(p)))
		next_attempt(s, p, step);
	else if (strcmp(p->state, "review") == 0 || strcmp(p->state, "succeeded") == 0)
		vz_raise(payment_facts(VZ_E_PAYMENT_UNDER_REVIEW, s, p));
}

/* answer builds {subscription, client_secret, payment_id, payment_status}. */
static Datum
answer(const VzSubscription *s, const VzPayment *p, const char *secret)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"subscription\":%s,\"client_secret\":", TextDatumGetCString(vz_subscription_json(&s->id)));
	if (secret != NULL)
		escape_json(&json, secret);
	else
		appendStringInfoString(&json, "null");
	if (p != NULL)
		appendStringInfo(&json, ",\"payment_id\":\"%s\",\"payment_status\":\"%s\"}",
						 p->psp_payment_id, p->state);
	else
		appendStringInfoString(&json, ",\"payment_id\":null,\"payment_status\":null}");
	return vz_json_datum(&json);
}

/*
 * subscription_payment_step looks where a pending subscription stands with
 * its payment, and answers or names the effect to wait for.
 *
 * Arguments: subscription, the effect that was waited for (NULL at first),
 * whether the time is up, whether the subscription was made by this request.
 * Returns (wait_for, result, head).
 */
Datum
subscription_payment_step(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	pg_uuid_t  *id = PG_GETARG_UUID_P(0);
	VzSubscription s;
	VzPayment	p;
	Step		step = {.waits = false};
	bool		has_payment;
	Datum		values[3];
	bool		nulls[3] = {true, true, true};
	TupleDesc	desc;

	vz_subscription_require_own(actor, id, &s);
	has_payment = vz_payment_lock_current(&s.id, &p);
	if (has_payment)
	{
		bool		is_fresh = false;

		if (!PG_ARGISNULL(1))
			is_fresh = read_answer(PG_GETARG_UUID_P(1), PG_GETARG_BOOL(2), &s, &p, &step);
		vz_subscription_require_pending(&s);
		decide(&s, &p, is_fresh, &step);
	}

	if (step.waits)
	{
		values[0] = UUIDPGetDatum(&step.effect_id);
		nulls[0] = false;
	}
	else
	{
		if (PG_GETARG_BOOL(3))
			vz_set_status(201);
		values[1] = answer(&s, has_payment ? &p : NULL, step.secret);
		nulls[1] = false;
		values[2] = vz_response_head(&nulls[2]);
	}
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "subscription_payment_step must return a row");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

void
vz_subscription_run_steps(VzFlow *flow, const pg_uuid_t *id, const pg_uuid_t *effect_id,
						  bool is_new, VzRow *last)
{
	bool		timed_out = false;
	pg_uuid_t	awaited;

	/* An attempt, its cancellation and the next one take six steps; a provider that contradicts itself takes more. */
	for (int i = 0; i < MAX_STEPS; i++)
	{
		if (effect_id != NULL)
			timed_out = !vz_flow_wait(flow, effect_id);
		vz_flow_phase(flow, &step_phase,
					  VZ_ARGS(vz_arg_uuid(id), vz_arg_uuid(effect_id), vz_arg_bool(timed_out),
							  vz_arg_bool(is_new)), last);
		if (vz_row_isnull(last, "wait_for"))
			return;
		awaited = *vz_row_uuid(last, "wait_for");
		effect_id = &awaited;
	}
	vz_flow_raise(flow, vz_fact(vz_fact_uuid(vz_refusal(VZ_E_PAYMENT_PROVIDER_ERROR), "subscription_id", id),
								"complete_url", vz_complete_url(id)));
}

/*
 * subscription_complete_begin checks, in this order, that the subscription is
 * the actor's (404), is pending (409) and that payments are possible (503),
 * and notes the recovery.
 */
Datum
subscription_complete_begin(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzSubscription s;

	if (PG_ARGISNULL(0))
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "id", "is missing"));
	vz_subscription_require_own(actor, PG_GETARG_UUID_P(0), &s);
	vz_subscription_require_pending(&s);
	vz_require_provider();
	vz_transition(&vz_subscription_store, &s.id, s.status, "recover", NULL);
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*
 * subscription_complete gives the owner the pending payment again: the same
 * payment on every call, for as long as it can take money.
 */
Datum
subscription_complete(PG_FUNCTION_ARGS)
{
	VzFlow		flow;
	VzRow		row;
	VzRow		step;
	pg_uuid_t	id;

	vz_flow_begin(&flow, fcinfo);
	vz_flow_phase(&flow, &begin_phase,
				  VZ_ARGS(vz_arg_datum(PG_GETARG_DATUM(0), PG_ARGISNULL(0))), &row);
	id = *vz_row_uuid(&row, "id");
	vz_subscription_run_steps(&flow, &id, NULL, false, &step);
	return vz_flow_answer(&flow, &step);
}
