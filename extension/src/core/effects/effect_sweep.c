/*
 * effect_sweep.c
 *		What the outbox keeps no longer (see effect_sweep.h).
 */
#include "effect_sweep.h"

#include "job.h"

static VzStmt sweep_secrets = VZ_STMT(
	"update veza_data.effect set secret = null"
	" where secret is not null and finished_at < $1", TIMESTAMPTZOID);

static VzStmt sweep_effects = VZ_STMT(
	"delete from veza_data.effect where id in"
	" (select id from veza_data.effect where state = 'done' and finished_at < $1 limit 1000)",
	TIMESTAMPTZOID);

static VzStmt sweep_relays = VZ_STMT_NO_ARGS(
	"delete from veza_data.relay where heartbeat_at < now() - interval '1 day'");

int64
vz_job_sweep_secrets(void)
{
	return vz_sweep(&sweep_secrets, "effect_secret_keep");
}

int64
vz_job_sweep_effects(void)
{
	return vz_sweep(&sweep_effects, "effect_keep");
}

int64
vz_job_sweep_relays(void)
{
	return (int64) vz_execute(&sweep_relays, VZ_NO_ARGS);
}
