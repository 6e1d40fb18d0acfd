/*
 * subscription_subscribe.c
 *		Subscribing: free at once, paid by a payment that is prepared first.
 *
 * Rules T1, T2, T2r, T2x, T2f and T14 of docs/design.md. Several pending
 * subscriptions of one user are legal and the newest wins; asking again for
 * the same plan and cycle resumes the pending one.
 */
#include "../auth/account_lock.h"
#include "../core/effects/provider.h"
#include "../core/ground/clock.h"
#include "../notification/notify.h"
#include "subscription_complete.h"
#include "subscription_life.h"
#include "subscription_payment.h"

static VzStmt find_plan = VZ_STMT(
	"select plan_id, currency, price_minor from veza_data.plan_price"
	" where billing_cycle = $2 and (plan = lower($1) or plan_id::text = lower($1))",
	TEXTOID, TEXTOID);

static VzStmt same_pending = VZ_STMT(
	"select id from veza_data.subscription"
	" where user_id = $1 and status = 'pending_payment' and plan_id = $2 and billing_cycle = $3"
	"   and amount_minor = $4 and currency = $5"
	" order by created_at desc, id desc limit 1",
	UUIDOID, UUIDOID, TEXTOID, INT8OID, TEXTOID);

static VzStmt insert_pending = VZ_STMT(
	"insert into veza_data.subscription"
	"  (user_id, plan_id, status, billing_cycle, amount_minor, currency, pending_expires_at,"
	"   created_at, updated_at)"
	" values ($1, $2, 'pending_payment', $3, $4, $5, $6, $7, $7) returning id",
	UUIDOID, UUIDOID, TEXTOID, INT8OID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt insert_free = VZ_STMT(
	"insert into veza_data.subscription"
	"  (user_id, plan_id, status, billing_cycle, amount_minor, currency, activated_at,"
	"   activation_source, current_period_start, created_at, updated_at)"
	" values ($1, $2, 'active', $3, 0, $4, $5, 'free', $5, $5, $5) returning id",
	UUIDOID, UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt begin_phase = VZ_STMT(
	"select * from veza.subscription_subscribe_begin($1, $2, $3)", TEXTOID, TEXTOID, BOOLOID);

VZ_FUNCTION(subscription_subscribe_begin);
VZ_FUNCTION(subscription_subscribe);
VZ_FUNCTION(subscription_change_plan);

/* What a subscriber asks for. */
typedef struct Wish
{
	pg_uuid_t	plan_id;
	char	   *cycle;
	char	   *currency;
	int64		price_minor;
} Wish;

/* read_wish checks plan and cycle. */
static void
read_wish(FunctionCallInfo fcinfo, Wish *wish)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *plan = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	VzRow		row;

	wish->cycle = PG_ARGISNULL(1) ? "monthly" : text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (plan == NULL || plan[0] == '\0')
		vz_field_error(wrong, "plan_id", "is missing");
	if (strcmp(wish->cycle, "monthly") != 0 && strcmp(wish->cycle, "yearly") != 0)
		vz_field_error(wrong, "billing_cycle", "must be monthly or yearly");
	vz_raise_if(wrong);
	if (!vz_query_row(&find_plan, VZ_ARGS(vz_arg_text(plan), vz_arg_text(wish->cycle)), &row))
		vz_raise(vz_fact(vz_refusal(VZ_E_PLAN_INVALID), "plan_id", plan));
	wish->plan_id = *vz_row_uuid(&row, "plan_id");
	wish->currency = vz_row_text(&row, "currency");
	wish->price_minor = vz_row_int8(&row, "price_minor");
}

/* refuse_already_subscribed is the answer to a subscriber whom another paid plan serves. */
static void VZ_NORETURN
refuse_already_subscribed(const VzSubscription *live)
{
	VzRefusal  *r = vz_refusal(strcmp(live->status, "suspended") == 0
							   ? VZ_E_SUBSCRIPTION_INVALID_STATE : VZ_E_ALREADY_SUBSCRIBED);

	vz_fact_uuid(r, "subscription_id", &live->id);
	vz_raise(vz_fact(r, "status", live->status));
}

/* check_live refuses what the user's live subscription forbids. */
static void
check_live(const VzActor *actor, const Wish *wish)
{
	VzSubscription live;

	if (!vz_subscription_lock_live(&actor->user_id, &live) || vz_subscription_end_if_over(&live))
		return;
	if (vz_subscription_is_paid(&live))
		refuse_already_subscribed(&live);
	if (wish->price_minor == 0)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_SAME_PLAN), "subscription_id", &live.id));
}

/* start_free activates a free plan at once. */
static pg_uuid_t
start_free(const VzActor *actor, const Wish *wish)
{
	VzSubscription s = {.user_id = actor->user_id};
	VzRow		row;

	vz_query_row(&insert_free, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_uuid(&wish->plan_id),
									   vz_arg_text(wish->cycle), vz_arg_text(wish->currency),
									   vz_arg_time(vz_now())), &row);
	s.id = *vz_row_uuid(&row, "id");
	vz_transition_created(&vz_subscription_store, &s.id, "subscribe_free", NULL);
	vz_subscription_supersede_others(&s);
	return s.id;
}

/* start_paid makes the pending subscription with its first payment. */
static pg_uuid_t
start_paid(const VzActor *actor, const Wish *wish, pg_uuid_t *effect_id)
{
	TimestampTz now = vz_now();
	VzSubscription s;
	VzPayment	p;
	VzRow		row;

	vz_query_row(&insert_pending,
				 VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_uuid(&wish->plan_id),
						 vz_arg_text(wish->cycle), vz_arg_int8(wish->price_minor),
						 vz_arg_text(wish->currency),
						 vz_arg_time(vz_time_plus(now, vz_setting_int("pending_ttl"))),
						 vz_arg_time(now)), &row);
	vz_subscription_lock(vz_row_uuid(&row, "id"), &s);
	*effect_id = vz_subscription_prepare_payment(&s, 1, &p);
	vz_transition_created(&vz_subscription_store, &s.id, "subscribe_paid",
						  &(VzTransitionNote) {.payment_id = &p.id});
	vz_notify(&(VzNotification) {VZ_NOTIFY_PAYMENT_PENDING, &s.user_id, NULL, "subscription", &s.id});
	return s.id;
}

/* require_something_to_change refuses a plan change of a user who has no subscription at all. */
static void
require_something_to_change(const VzActor *actor)
{
	VzSubscription s;

	if (!vz_subscription_lock_newest_pending(&actor->user_id, &s) && !vz_subscription_lock_live(&actor->user_id, &s))
		vz_raise_error(VZ_E_NO_ACTIVE_SUBSCRIPTION);
}

/*
 * subscription_subscribe_begin is the first phase: it writes what the user
 * wants, or finds the pending subscription that already says so.
 *
 * Arguments: plan (name or id), billing cycle, whether this is a change of
 * plan. Returns the subscription, whether it was made now, and the effect to
 * wait for (NULL: none).
 */
Datum
subscription_subscribe_begin(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	Wish		wish;
	pg_uuid_t	subscription_id;
	pg_uuid_t	effect_id;
	bool		is_new = true;
	bool		has_effect = false;
	VzRow		row;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};
	TupleDesc	desc;

	read_wish(fcinfo, &wish);
	vz_lock_actor(actor);
	if (PG_GETARG_BOOL(2))
		require_something_to_change(actor);
	check_live(actor, &wish);

	if (wish.price_minor == 0)
		subscription_id = start_free(actor, &wish);
	else
	{
		vz_require_provider();
		if (vz_query_row(&same_pending,
						 VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_uuid(&wish.plan_id),
								 vz_arg_text(wish.cycle), vz_arg_int8(wish.price_minor),
								 vz_arg_text(wish.currency)), &row))
		{
			subscription_id = *vz_row_uuid(&row, "id");
			is_new = false;
		}
		else
		{
			subscription_id = start_paid(actor, &wish, &effect_id);
			has_effect = true;
		}
	}

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "subscription_subscribe_begin must return a row");
	values[0] = UUIDPGetDatum(&subscription_id);
	values[1] = BoolGetDatum(is_new);
	values[2] = UUIDPGetDatum(&effect_id);
	nulls[2] = !has_effect;
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* subscribe runs the flow: begin, then the steps of subscription_payment_step until it answers. */
static Datum
subscribe(FunctionCallInfo fcinfo, bool is_change)
{
	VzFlow		flow;
	VzRow		row;
	VzRow		step;
	pg_uuid_t	id;

	vz_flow_begin(&flow, fcinfo);
	vz_flow_phase(&flow, &begin_phase,
				  VZ_ARGS(vz_arg_datum(PG_GETARG_DATUM(0), PG_ARGISNULL(0)),
						  vz_arg_datum(PG_GETARG_DATUM(1), PG_ARGISNULL(1)),
						  vz_arg_bool(is_change)), &row);
	id = *vz_row_uuid(&row, "subscription_id");
	vz_subscription_run_steps(&flow, &id, vz_row_uuid(&row, "effect_id"),
							  vz_row_bool(&row, "is_new"), &step);
	return vz_flow_answer(&flow, &step);
}

/*
 * subscription_subscribe subscribes the actor to a plan and answers
 * {subscription, client_secret, payment_id, payment_status}.
 */
Datum
subscription_subscribe(PG_FUNCTION_ARGS)
{
	return subscribe(fcinfo, false);
}

/* subscription_change_plan replaces a pending or free subscription by another plan. */
Datum
subscription_change_plan(PG_FUNCTION_ARGS)
{
	return subscribe(fcinfo, true);
}
