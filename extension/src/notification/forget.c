/*
 * forget.c
 *		Notifications that are forgotten (see forget.h).
 */
#include "forget.h"

#include "../core/effects/job.h"

/*
 * Deletes the notifications that the condition says, and counts them; in the
 * order of the keys, so that two of these never wait for each other.
 */
#define FORGET(condition) \
	"with gone as (delete from veza_data.notification where " condition " returning kind, n, read_at, created_at)" \
	" insert into veza_data.notification_day as d (day, kind, notifications, happened, read)" \
	" select (created_at at time zone 'UTC')::date, kind, count(*), sum(n), count(read_at)" \
	"  from gone group by 1, 2 order by 1, 2" \
	" on conflict (day, kind) do update" \
	"    set notifications = d.notifications + excluded.notifications, happened = d.happened + excluded.happened," \
	"        read = d.read + excluded.read"

static VzStmt sweep_notifications = VZ_STMT(
	FORGET("id in (select id from veza_data.notification where created_at < $1"
		   "        order by created_at limit 1000 for update skip locked)"),
	TIMESTAMPTZOID);

static VzStmt sweep_digests = VZ_STMT(
	"delete from veza_data.notification_digest where (user_id, period) in"
	" (select user_id, period from veza_data.notification_digest where until < $1 order by until limit 1000)",
	TIMESTAMPTZOID);

static VzStmt forget_user = VZ_STMT(FORGET("user_id = $1 or actor_id = $1"), UUIDOID);

static VzStmt forget_digests = VZ_STMT("delete from veza_data.notification_digest where user_id = $1", UUIDOID);

int64
vz_job_sweep_notifications(void)
{
	return vz_sweep(&sweep_notifications, "notification_keep") + vz_sweep(&sweep_digests, "notification_keep");
}

void
vz_notifications_end_account(const pg_uuid_t *user_id)
{
	vz_execute(&forget_user, VZ_ARGS(vz_arg_uuid(user_id)));
	vz_execute(&forget_digests, VZ_ARGS(vz_arg_uuid(user_id)));
}
