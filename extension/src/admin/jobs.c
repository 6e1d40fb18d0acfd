/*
 * jobs.c
 *		veza.run_due_jobs(): everything that time makes happen.
 *
 * Called by veza-relay every few seconds; a DBA may schedule it with pg_cron
 * instead. One session at a time: another one that calls it meanwhile has
 * nothing to do.
 */
#include "../billing/billing.h"
#include "../core/attempt.h"
#include "../core/idempotency.h"
#include "../auth/limit.h"
#include "../auth/lockout.h"
#include "../mail/address.h"
#include "../mail/one_time_token.h"
#include "../mail/mail.h"
#include "../user/avatar.h"
#include "audit_seal.h"

static VzStmt try_lock = VZ_STMT_NO_ARGS(
	"select pg_try_advisory_xact_lock(hashtextextended('veza.run_due_jobs', 0)) as ok");

static VzStmt sweep_secrets = VZ_STMT(
	"update veza_data.effect set secret = null"
	" where secret is not null and finished_at < $1", TIMESTAMPTZOID);

static VzStmt sweep_effects = VZ_STMT(
	"delete from veza_data.effect where id in"
	" (select id from veza_data.effect where state = 'done' and finished_at < $1 limit 1000)",
	TIMESTAMPTZOID);

static VzStmt sweep_inbox = VZ_STMT(
	"delete from veza_data.psp_event where event_id in"
	" (select event_id from veza_data.psp_event where received_at < $1 and next_try_at is null limit 1000)",
	TIMESTAMPTZOID);

static VzStmt sweep_audits = VZ_STMT(
	"delete from veza_data.audit_run where at < $1", TIMESTAMPTZOID);

static VzStmt sweep_relays = VZ_STMT_NO_ARGS(
	"delete from veza_data.relay where heartbeat_at < now() - interval '1 day'");

static VzStmt record_audit = VZ_STMT_NO_ARGS(
	"insert into veza_data.audit_run (at, findings, duration_ms)"
	" select clock_timestamp(), n, extract(epoch from clock_timestamp() - now()) * 1000"
	"   from (select count(*) as n from veza.audit) a"
	" returning findings");

VZ_FUNCTION(run_due_jobs);
VZ_FUNCTION(run_audit);

/* sweep runs a statement with the time that many seconds of a setting ago. */
static int64
sweep(VzStmt *stmt, const char *setting)
{
	return (int64) vz_execute(stmt, VZ_ARGS(vz_arg_time(vz_time_plus(vz_now(), -vz_setting_int(setting)))));
}

/* job_sweep_secrets empties the secrets of effects that are finished for effect_secret_keep seconds. */
static int64
job_sweep_secrets(void)
{
	return sweep(&sweep_secrets, "effect_secret_keep");
}

/* job_sweep_effects deletes effects done for effect_keep seconds, 1000 at a time. */
static int64
job_sweep_effects(void)
{
	return sweep(&sweep_effects, "effect_keep");
}

/* job_sweep_inbox deletes events received inbox_keep seconds ago that wait for no retry, 1000 at a time. */
static int64
job_sweep_inbox(void)
{
	return sweep(&sweep_inbox, "inbox_keep");
}

/* job_sweep_audits deletes audit runs that are older than audit_keep seconds. */
static int64
job_sweep_audits(void)
{
	return sweep(&sweep_audits, "audit_keep");
}

/* job_sweep_relays forgets relays that have not been heard of for a day. */
static int64
job_sweep_relays(void)
{
	return (int64) vz_execute(&sweep_relays, VZ_NO_ARGS);
}

typedef struct Job
{
	const char *name;
	int64		(*run) (void);
	int64		rows;
} Job;

static Job	jobs[] = {
	{"retry_inbox", vz_job_retry_inbox},
	{"reconcile", vz_job_reconcile},
	{"expire_pending", vz_job_expire_pending},
	{"end_periods", vz_job_end_periods},
	{"sweep_secrets", job_sweep_secrets},
	{"sweep_effects", job_sweep_effects},
	{"sweep_inbox", job_sweep_inbox},
	{"sweep_audits", job_sweep_audits},
	{"sweep_relays", job_sweep_relays},
	{"sweep_mails", vz_job_sweep_mails},
	{"sweep_tokens", vz_job_sweep_tokens},
	{"end_claims", vz_job_end_claims},
	{"sweep_limits", vz_job_sweep_limits},
	{"sweep_failures", vz_job_sweep_failures},
	{"sweep_idempotency", vz_job_sweep_idempotency},
	{"sweep_files", vz_job_sweep_files},
	{"seal_audit", vz_job_seal_audit},
	{"verify_seals", vz_job_verify_seals},
};

/* run_job runs one job; an error in it does not keep the others from running. */
static void
run_job(void *state)
{
	Job		   *job = state;

	job->rows = job->run();
}

/* run_due_jobs runs every job once; returns one row per job: name, rows it worked on. */
Datum
run_due_jobs(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo;
	VzRow		lock;

	InitMaterializedSRF(fcinfo, 0);
	rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	vz_query_row(&try_lock, VZ_NO_ARGS, &lock);
	if (!vz_row_bool(&lock, "ok"))
		return (Datum) 0;
	for (int i = 0; i < (int) lengthof(jobs); i++)
	{
		const char *error = vz_attempt(run_job, &jobs[i]);
		Datum		values[2] = {CStringGetTextDatum(jobs[i].name), Int64GetDatum(jobs[i].rows)};
		bool		nulls[2] = {false, error != NULL};

		if (error != NULL)
			ereport(WARNING, (errmsg("job %s failed: %s", jobs[i].name, error)));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* run_audit counts the rows of veza.audit and keeps the number for the metrics. */
Datum
run_audit(PG_FUNCTION_ARGS)
{
	VzRow		row;

	vz_query_row(&record_audit, VZ_NO_ARGS, &row);
	PG_RETURN_INT64(vz_row_int8(&row, "findings"));
}
