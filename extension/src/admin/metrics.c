/*
 * metrics.c
 *		What the database knows for Prometheus.
 */
#include "../core/ground/query.h"

static VzStmt gauges = VZ_STMT_NO_ARGS(
	"select 'veza_users_registered_total' as name, 'Registered accounts.' as help, '' as labels,"
	"       count(*)::float8 as value from veza_data.users where status <> 'deleted'"
	" union all"
	" select 'veza_auth_sessions_active', 'Login sessions that are neither ended nor expired.', '',"
	"        count(*) from veza_data.session where ended_at is null and expires_at > now()"
	" union all"
	" select 'veza_subscriptions_total', 'Subscriptions by status.', format('status=\"%s\"', status),"
	"        count(*) from veza_data.subscription group by status"
	" union all"
	" select 'veza_effects', 'Effects that are not done, by kind and state.',"
	"        format('kind=\"%s\",state=\"%s\"', kind, state), count(*)"
	"   from veza_data.effect where state <> 'done' group by kind, state"
	" union all"
	" select 'veza_effect_oldest_due_seconds', 'Age of the oldest effect that is due.', '',"
	"        coalesce(extract(epoch from now() - min(due_at)), 0)"
	"   from veza_data.effect where state = 'queued' and due_at < now()"
	" union all"
	" select 'veza_webhook_inbox_backlog', 'Webhooks stored but not yet applied.', '', count(*)"
	"   from veza_data.psp_event where next_try_at is not null"
	" union all"
	" select 'veza_relays_live', 'Relays with a fresh heartbeat.', '', count(*)"
	"   from veza_data.relay where heartbeat_at > now() - interval '15 seconds'"
	" union all"
	" select 'veza_payment_circuit_open', '1 when a live relay has opened its circuit.', '',"
	"        coalesce(max((circuit = 'open')::int), 0)"
	"   from veza_data.relay where heartbeat_at > now() - interval '15 seconds'"
	" union all"
	" select 'veza_payments_under_review', 'Payments that wait for a decision at the provider.', '', count(*)"
	"   from veza_data.payment where state = 'review'"
	" union all"
	" select 'veza_payment_review_oldest_seconds', 'Age of the oldest review of a payment.', '',"
	"        coalesce(extract(epoch from now() - min(updated_at)), 0)"
	"   from veza_data.payment where state = 'review'"
	" union all"
	" (select 'veza_audit_findings', 'Rows of veza.audit at its last run: broken invariants. Must be 0.', '', findings"
	"   from veza_data.audit_run order by at desc limit 1)"
	" union all"
	" (select 'veza_audit_age_seconds', 'Time since the last run of veza.audit.', '', extract(epoch from now() - at)"
	"   from veza_data.audit_run order by at desc limit 1)"
	" union all"
	" select 'veza_audit_seals', 'Seals of the audit log.', '', newest_no from veza_data.audit_seal_state"
	" union all"
	" select 'veza_audit_seal_fingerprint', 'First 48 bits of the newest seal''s hash: compare old samples with veza_data.audit_seal.',"
	"        '', ('x' || encode(substring(newest_hash from 1 for 6), 'hex'))::bit(48)::bigint"
	"   from veza_data.audit_seal_state where newest_no > 0"
	" union all"
	" select 'veza_audit_unsealed_seconds', 'Age of the oldest row of the audit log that no seal covers.', '',"
	"        coalesce(extract(epoch from now() - (select min(a.at) from veza_data.audit_log a"
	"                  where a.cluster = s.cluster and a.xact >= s.to_xact)), 0)"
	"   from veza_data.audit_seal_state t join veza_data.audit_seal s on s.no = t.newest_no"
	" order by 1, 3");

VZ_FUNCTION(metrics);

/* metrics returns one row per sample: name, help text, labels, value. */
Datum
metrics(PG_FUNCTION_ARGS)
{
	return vz_return_rows(fcinfo, &gauges, VZ_NO_ARGS);
}
