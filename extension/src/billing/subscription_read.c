/*
 * subscription_read.c
 *		Reading plans and subscriptions.
 */
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/request/own.h"
#include "../core/request/request.h"

static VzStmt plans = VZ_STMT_NO_ARGS(
	"select * from veza_data.plan_shape where is_active order by sort, id");

/* The live subscription, else the newest pending one. */
static VzStmt current = VZ_STMT(
	"select * from veza_data.subscription_shape where id = coalesce("
	" (select id from veza_data.subscription where user_id = $1 and status in ('active', 'suspended')),"
	" (select subscription_id from veza_data.newest_pending where user_id = $1))",
	UUIDOID);

static VzStmt pending = VZ_STMT(
	"select * from veza_data.subscription_shape"
	" where id = (select subscription_id from veza_data.newest_pending where user_id = $1)",
	UUIDOID);

static VzOwn own = VZ_OWN("subscription", "subscription_shape", "user_id", VZ_E_SUBSCRIPTION_NOT_FOUND);

/* Everything that happened to a subscription and what is due next, from five sources, in time order. */
static VzStmt timeline = VZ_STMT(
	"with payments as (select id, next_check_at from veza_data.payment where subscription_id = $1),"
	" refunds as (select id, next_check_at from veza_data.refund where payment_id in (select id from payments)),"
	" subjects as (select $1 as id union all select id from payments union all select id from refunds),"
	" effects as (select * from veza_data.effect where subject_id in (select id from subjects)),"
	" asked as (select 'payment' as what, * from payments union all select 'refund', * from refunds)"
	" select at, 'transition' as source, machine || ' ' || event as what,"
	"        coalesce(from_state, '(none)') || ' -> ' || to_state as outcome,"
	"        case actor_kind when 'system' then coalesce(h.source, 'system')"
	"             else actor_kind || ' ' || actor_id::text end as who,"
	"        db_role, request_id, h.details, h.id as seq, 1 as kind"
	"   from veza_data.state_history h where entity_id in (select id from subjects)"
	" union all"
	" select created_at, 'effect', kind || ' queued', coalesce(reason, ''), 'rule',"
	"        (select h.db_role from veza_data.state_history h"
	"          where h.entity_id = effects.id and h.event = 'queue' limit 1), request_id,"
	"        request, 0, 0 from effects"
	" union all"
	" select h.at, 'effect', e.kind || case h.event when 'retry_dead' then ' retried' when 'withdraw' then ' withdrawn'"
	"        else ' dead' end, coalesce(h.reason, ''),"
	"        case h.actor_kind when 'system' then coalesce(h.source, h.db_role) else h.actor_kind || ' ' || h.actor_id::text end,"
	"        h.db_role, coalesce(h.request_id, e.request_id),"
	"        jsonb_build_object('effect_id', e.id, 'attempts', e.attempts, 'error', e.error_message), h.id, 3"
	"   from effects e join veza_data.state_history h on h.entity_id = e.id"
	"    and h.event in ('refuse', 'give_up', 'retry_dead', 'withdraw')"
	" union all"
	" select a.at, 'provider', e.kind || ' attempt ' || a.attempt_no,"
	"        a.outcome || coalesce(' ' || a.http_status, '') || coalesce(' ' || a.error_code, ''),"
	"        coalesce(a.relay, 'relay'), null, e.request_id, coalesce(a.result, jsonb_build_object('error', a.error_message)), a.id, 2"
	"   from veza_data.effect_attempt a join effects e on e.id = a.effect_id"
	" union all"
	" select received_at, 'webhook', event_type, result, 'provider', null, request_id,"
	"        jsonb_build_object('event_id', event_id, 'status', payload->'content'->'object'->'status'), 0, 3"
	"   from veza_data.psp_event"
	"  where psp_payment_id in (select psp_payment_id from veza_data.payment where subscription_id = $1)"
	"     or psp_refund_id in (select psp_refund_id from veza_data.refund where id in (select id from refunds))"
	" union all"
	" select case state when 'leased' then lease_until else due_at end, 'due', kind || ' attempt ' || attempts + 1,"
	"        case state when 'leased' then 'under way at ' || lease_owner else 'waits' end, 'relay', null, request_id,"
	"        jsonb_build_object('effect_id', id, 'reason', reason, 'error_code', error_code, 'error', error_message), 0, 4"
	"   from effects where state in ('queued', 'leased')"
	" union all"
	" select next_check_at, 'due', what || ' asked about', 'waits', 'timer', null, null,"
	"        jsonb_build_object('id', id), 0, 4 from asked where next_check_at is not null"
	" order by 1, 10, 9",
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
	return vz_own_get(fcinfo, &own);
}

/* subscription_list pages through the actor's subscriptions, newest first. */
Datum
subscription_list(PG_FUNCTION_ARGS)
{
	return vz_own_list(fcinfo, &own);
}

/* subscription_timeline shows everything that happened to a subscription, in time order. */
Datum
subscription_timeline(PG_FUNCTION_ARGS)
{
	return vz_return_rows(fcinfo, &timeline, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0))));
}
