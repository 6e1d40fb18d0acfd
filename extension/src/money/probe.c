/*
 * probe.c
 *		Asking whether the payment provider works; for the operator at night.
 *
 * The question is about a payment that nobody has, so it changes nothing. A
 * probe that finds the provider broken has done its work: it is never retried
 * and never dead.
 */
#include "../core/effects/provider.h"
#include "../core/ground/audit.h"
#include "../core/ground/json.h"
#include "../core/request/flow.h"
#include "payment_effects.h"

static const pg_uuid_t nobody;	/* the subject of every probe */

static VzStmt begin_phase = VZ_STMT_NO_ARGS("select veza.probe_provider_begin() as effect_id");

static VzStmt end_phase = VZ_STMT(
	"select veza.probe_provider_end($1) as result, null::json as head", UUIDOID);

static VzStmt findings = VZ_STMT(
	"with answer as (select a.* from veza_data.effect_attempt a where a.effect_id = $1 order by a.id desc limit 1),"
	" judged as ("
	"  select case when $1 is null then 'no_relay'"
	"              when a.id is null then 'relay_silent'"
	"              when a.error_code = 'disabled' then 'disabled'"
	"              when (a.result ->> 'works')::boolean then 'works'"
	"              when a.result ->> 'credentials' = 'refused' then 'key_refused'"
	"              when (a.result ->> 'reachable')::boolean then 'failing'"
	"              else 'unreachable' end as verdict, a.*"
	"    from (values (1)) one left join answer a on true)"
	" select verdict,"
	"        case verdict when 'no_relay' then 'No relay lives: start veza-relay.'"
	"                     when 'relay_silent' then 'A relay lives but did not answer in time: look at its log.'"
	"                     when 'disabled' then 'HYPERSWITCH_ENABLED is false in the relay that was asked.'"
	"                     when 'key_refused' then 'The provider refuses HYPERSWITCH_API_KEY: set the right one and restart veza-relay.'"
	"                     when 'unreachable' then 'No answer at HYPERSWITCH_BASE_URL: look at name, network, certificate.'"
	"                     when 'failing' then 'Something answers at HYPERSWITCH_BASE_URL, but not as the provider should.' end as advice,"
	"        relay, (result ->> 'reachable')::boolean as reachable, result ->> 'credentials' as credentials,"
	"        http_status, error_code, error_message, duration_ms, veza.relay_status() as relays,"
	"        (select coalesce(json_agg(row_to_json(e)), '[]')"
	"           from (select a.at, e.kind, e.subject_id, a.outcome, a.http_status, a.error_code, a.error_message"
	"                   from veza_data.effect_attempt a join veza_data.effect e on e.id = a.effect_id"
	"                  where a.outcome <> 'ok' and e.kind like 'psp\\_%' order by a.id desc limit 5) e) as last_errors,"
	"        (select count(*)::int from veza_data.effect where state = 'dead' and kind like 'psp\\_%') as dead_effects"
	"  from judged",
	UUIDOID);

VZ_FUNCTION(probe_provider_begin);
VZ_FUNCTION(probe_provider_end);
VZ_FUNCTION(probe_provider);

/* vz_probe_effect_result has nothing to apply: what a probe found is in its attempt. */
void
vz_probe_effect_result(const VzEffectResult *result)
{
	(void) result;
}

/* probe_provider_begin queues a waited probe; NULL when there is no relay that could make it. */
Datum
probe_provider_begin(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id;

	vz_audit(&(VzAudit) {.action = "dba.probe_provider", .resource_type = "provider"});
	if (!vz_relay_is_live())
		PG_RETURN_NULL();
	id = palloc(sizeof(*id));
	*id = vz_effect_queue(&(VzEffectOrder) {.kind = "psp_probe", .subject_id = &nobody, .reason = "operator", .waited = true});
	PG_RETURN_UUID_P(id);
}

/* probe_provider_end says what the probe has found, and takes back one that nobody has made. */
Datum
probe_provider_end(PG_FUNCTION_ARGS)
{
	Datum		json;

	if (!PG_ARGISNULL(0))
		vz_effect_withdraw("psp_probe", &nobody);
	vz_json_row(&findings, VZ_ARGS(vz_arg_uuid(PG_ARGISNULL(0) ? NULL : PG_GETARG_UUID_P(0))), &json);
	return json;
}

/* probe_provider asks the provider whether it works, and says what is wrong. */
Datum
probe_provider(PG_FUNCTION_ARGS)
{
	VzFlow		flow;
	VzRow		begun;
	VzRow		end;

	vz_flow_begin(&flow, fcinfo);
	vz_flow_phase(&flow, &begin_phase, VZ_NO_ARGS, &begun);
	if (!vz_row_isnull(&begun, "effect_id"))
		(void) vz_flow_wait(&flow, vz_row_uuid(&begun, "effect_id"));
	vz_flow_phase(&flow, &end_phase, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&begun, "effect_id"))), &end);
	return vz_flow_answer(&flow, &end);
}
