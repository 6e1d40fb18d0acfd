/*
 * subscription_read.c
 *		Reading plans and subscriptions.
 */
#include "billing.h"

#include "../core/page.h"

static VzStmt plans = VZ_STMT_NO_ARGS(
	"select * from veza_data.plan_shape where is_active order by sort, id");

/* The live subscription, else the newest pending one. */
static VzStmt current = VZ_STMT(
	"select * from veza_data.subscription_shape"
	" where user_id = $1 and status in ('active', 'suspended', 'pending_payment')"
	" order by status = 'pending_payment', created_at desc, id desc limit 1",
	UUIDOID);

static VzStmt pending = VZ_STMT(
	"select * from veza_data.subscription_shape"
	" where user_id = $1 and status = 'pending_payment'"
	" order by created_at desc, id desc limit 1",
	UUIDOID);

static VzStmt own = VZ_STMT(
	"select * from veza_data.subscription_shape where id = $2 and user_id = $1", UUIDOID, UUIDOID);

static VzStmt own_page = VZ_STMT(
	"select * from veza_data.subscription_shape"
	" where user_id = $1 and ($2 is null or (created_at, id) < ($2, $3))"
	" order by created_at desc, id desc limit $4 offset $5",
	UUIDOID, TIMESTAMPTZOID, UUIDOID, INT4OID, INT4OID);

static VzStmt own_count = VZ_STMT(
	"select count(*) as n from veza_data.subscription where user_id = $1", UUIDOID);

/* Everything that happened to a subscription, from four sources, in time order. */
static VzStmt timeline = VZ_STMT(
	"with payments as (select id from veza_data.payment where subscription_id = $1),"
	" refunds as (select id from veza_data.refund where payment_id in (select id from payments)),"
	" subjects as (select $1 as id union all select id from payments union all select id from refunds),"
	" effects as (select * from veza_data.effect where subject_id in (select id from subjects))"
	" select at, 'transition' as source, machine || ' ' || event as what,"
	"        coalesce(from_state, '(none)') || ' -> ' || to_state as outcome,"
	"        case actor_kind when 'system' then coalesce(h.source, 'system')"
	"             else actor_kind || ' ' || actor_id::text end as who,"
	"        request_id, h.details, h.id as seq, 1 as kind"
	"   from veza_data.state_history h where entity_id in (select id from subjects)"
	" union all"
	" select created_at, 'effect', kind || ' queued', coalesce(reason, ''), 'rule', request_id,"
	"        request, 0, 0 from effects"
	" union all"
	" select a.at, 'provider', e.kind || ' attempt ' || a.attempt_no,"
	"        a.outcome || coalesce(' ' || a.http_status, '') || coalesce(' ' || a.error_code, ''),"
	"        coalesce(a.relay, 'relay'), e.request_id, a.result, a.id, 2"
	"   from veza_data.effect_attempt a join effects e on e.id = a.effect_id"
	" union all"
	" select received_at, 'webhook', event_type, result, 'provider', request_id,"
	"        jsonb_build_object('event_id', event_id, 'status', payload->'content'->'object'->'status'), 0, 3"
	"   from veza_data.psp_event"
	"  where psp_payment_id in (select psp_payment_id from veza_data.payment where subscription_id = $1)"
	"     or psp_refund_id in (select psp_refund_id from veza_data.refund where id in (select id from refunds))"
	" order by 1, 9, 8",
	UUIDOID);

VZ_FUNCTION(subscription_plans);
VZ_FUNCTION(subscription_current);
VZ_FUNCTION(subscription_pending);
VZ_FUNCTION(subscription_get);
VZ_FUNCTION(subscription_list);
VZ_FUNCTION(subscription_timeline);

/* subscription_plans lists the plans on sale, cheapest first. */
Datum
subscription_plans(PG_FUNCTION_ARGS)
{
	return vz_json_rows(&plans, VZ_NO_ARGS, NULL);
}

/* subscription_current shows the actor's live subscription, else the newest pending one, else null. */
Datum
subscription_current(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	Datum		json;

	if (!vz_json_row(&current, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &json))
		PG_RETURN_NULL();
	return json;
}

/* subscription_pending shows the actor's newest pending subscription with its plan, or null. */
Datum
subscription_pending(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	Datum		json;

	if (!vz_json_row(&pending, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &json))
		PG_RETURN_NULL();
	return json;
}

/* subscription_get shows one of the actor's subscriptions. */
Datum
subscription_get(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	Datum		json;

	if (PG_ARGISNULL(0) ||
		!vz_json_row(&own, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_uuid(PG_GETARG_UUID_P(0))), &json))
		VZ_REFUSE(vz_refusal(VZ_E_SUBSCRIPTION_NOT_FOUND));
	return json;
}

/* subscription_list pages through the actor's subscriptions, newest first. */
Datum
subscription_list(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzPage		page;

	if (!vz_page_read(fcinfo, 0, &page))
		PG_RETURN_NULL();
	return vz_page_answer(&page, &own_page, &own_count, &actor->user_id);
}

/* subscription_timeline shows everything that happened to a subscription, in time order. */
Datum
subscription_timeline(PG_FUNCTION_ARGS)
{
	return vz_return_rows(fcinfo, &timeline, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0))));
}
