/*
 * provider.c
 *		Whether payments are possible right now (see provider.h).
 *
 * Every relay keeps one row: heartbeat, whether its provider is enabled,
 * state of its circuit breaker. No live relay, a disabled provider or an
 * open circuit refuses paid flows before anything is written. A relay lives
 * while its heartbeat is fresh, by the real clock and not by the tests'
 * shifted one, and while its backend is there: a killed one is noticed at once.
 */
#include "provider.h"

#include "../ground/arguments.h"
#include "../ground/clock.h"
#include "../ground/json.h"
#include "../ground/query.h"
#include "../ground/refusal.h"

static VzStmt upsert_relay = VZ_STMT(
	"insert into veza_data.relay as r"
	"  (name, version, provider_enabled, circuit, circuit_until, started_at, heartbeat_at, pid)"
	" values ($1, $2, $3, $4, now() + $5 * interval '1 millisecond', now(), now(), $6)"
	" on conflict (name) do update"
	"   set version = excluded.version, provider_enabled = excluded.provider_enabled,"
	"       circuit = excluded.circuit, circuit_until = excluded.circuit_until,"
	"       started_at = case when r.pid = excluded.pid then r.started_at else now() end,"
	"       heartbeat_at = now(), pid = excluded.pid",
	TEXTOID, TEXTOID, BOOLOID, TEXTOID, INT8OID, INT4OID);

static VzStmt delete_relay = VZ_STMT("delete from veza_data.relay where name = $1", TEXTOID);

static VzStmt provider_state = VZ_STMT(
	"select count(*) as relays,"
	"       coalesce(bool_or(provider_enabled), false) as enabled,"
	"       coalesce(bool_or(provider_enabled and circuit <> 'open'), false) as usable,"
	"       greatest(1, ceil(extract(epoch from min(circuit_until) - now())))::int as wait_s"
	"  from veza_data.relay r"
	" where heartbeat_at > now() - $1 * interval '1 second'"
	"   and exists (select from pg_stat_get_activity(r.pid))",
	INT8OID);

/* The same for operators and monitors; of several relays the best circuit counts, because any of them may act. */
static VzStmt shown_state = VZ_STMT(
	"select case when relays = 0 then 'down' when not enabled then 'disabled'"
	"            when circuit = 'open' then 'down' else 'ok' end as status,"
	"       case when relays = 0 then 'no_relay' when not enabled then 'disabled'"
	"            when circuit = 'open' then 'circuit_open' end as reason,"
	"       relays, circuit, retry_in_s,"
	"       (select extract(epoch from now() - min(due_at))::int from veza_data.effect"
	"         where state = 'queued' and due_at < now()) as oldest_due_s"
	"  from (select count(*)::int as relays, coalesce(bool_or(provider_enabled), false) as enabled,"
	"               case when bool_or(circuit = 'closed') filter (where provider_enabled) then 'closed'"
	"                    when bool_or(circuit = 'half_open') filter (where provider_enabled) then 'half_open'"
	"                    when bool_or(provider_enabled) then 'open' end as circuit,"
	"               greatest(1, ceil(extract(epoch from min(circuit_until) - now())))::int as retry_in_s"
	"          from veza_data.relay r"
	"         where heartbeat_at > now() - $1 * interval '1 second'"
	"           and exists (select from pg_stat_get_activity(r.pid))) x",
	INT8OID);

VZ_FUNCTION(relay_heartbeat);
VZ_FUNCTION(relay_status);
VZ_FUNCTION(relay_goodbye);

/*
 * relay_heartbeat says that a relay lives and how its provider does.
 *
 * Arguments: relay name, version, whether its provider is enabled, circuit
 * (closed, open, half_open), ms until an open circuit is tried again.
 */
Datum
relay_heartbeat(PG_FUNCTION_ARGS)
{
	VZ_REQUIRE_ARGUMENTS("relay", "version", "provider_enabled", "circuit");
	vz_execute(&upsert_relay,
			   VZ_ARGS(vz_arg_datum(PG_GETARG_DATUM(0), false),
					   vz_arg_datum(PG_GETARG_DATUM(1), false),
					   vz_arg_datum(PG_GETARG_DATUM(2), false),
					   vz_arg_datum(PG_GETARG_DATUM(3), false),
					   vz_arg_datum(PG_GETARG_DATUM(4), PG_ARGISNULL(4)),
					   vz_arg_int4(MyProcPid)));
	PG_RETURN_VOID();
}

/* relay_goodbye removes a relay that stops in good order. */
Datum
relay_goodbye(PG_FUNCTION_ARGS)
{
	vz_execute(&delete_relay, VZ_ARGS(vz_arg_datum(PG_GETARG_DATUM(0), false)));
	PG_RETURN_VOID();
}

/* relay_status says whether effects reach the payment provider, as JSON for veza-httpd's /status. */
Datum
relay_status(PG_FUNCTION_ARGS)
{
	Datum		json;

	if (!vz_json_row(&shown_state, VZ_ARGS(vz_arg_int8(vz_setting_int("relay_heartbeat_ttl"))), &json))
		PG_RETURN_NULL();
	return json;
}

bool
vz_relay_is_live(void)
{
	VzRow		row;

	vz_query_row(&provider_state, VZ_ARGS(vz_arg_int8(vz_setting_int("relay_heartbeat_ttl"))), &row);
	return vz_row_int8(&row, "relays") > 0;
}

void
vz_require_provider(void)
{
	VzRow		row;
	VzRefusal  *r;

	vz_query_row(&provider_state, VZ_ARGS(vz_arg_int8(vz_setting_int("relay_heartbeat_ttl"))), &row);
	if (vz_row_bool(&row, "usable"))
		return;

	r = vz_refusal(VZ_E_PAYMENT_PROVIDER_UNAVAILABLE);
	if (vz_row_int8(&row, "relays") == 0)
		vz_retry_after(vz_fact(r, "reason", "no_relay"), 5);
	else if (!vz_row_bool(&row, "enabled"))
		vz_retry_after(vz_fact(r, "reason", "disabled"), 300);
	else
		vz_retry_after(vz_fact(r, "reason", "circuit_open"), Max(1, vz_row_int4(&row, "wait_s")));
	vz_raise(r);
}
