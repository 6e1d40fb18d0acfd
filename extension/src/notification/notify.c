/*
 * notify.c
 *		Telling a user of something (see notify.h).
 *
 * Events of one user have ids in the order of their commits, so who publishes
 * one holds the user's channel until the commit. A thousand likes a second of one
 * artist's tracks would queue there: who finds it taken leaves it to the job,
 * which tells of all that has gathered in one event for each kind.
 */
#include "notify.h"

#include "../core/effects/job.h"
#include "../core/effects/live_event.h"
#include "../core/ground/clock.h"
#include "../user/visibility.h"

#define EVENT "notification"

/* The digest is looked after a while later: what was read by then needs none. */
#define DIGEST_AFTER "interval '10 minutes'"

/* A setting that was never set is as settings_shape has it: true for all that are named in the list of kinds. */
static VzStmt insert_notification = VZ_STMT(
	"insert into veza_data.notification as n (user_id, kind, actor_id, subject_type, subject_id, created_at, is_told, digest_at)"
	" select u.id, $2, $3, $4, $5, $6, $9,"
	"        case when u.preferences #>> '{notifications,digest}' in ('daily', 'weekly') then $6 + " DIGEST_AFTER " end"
	"   from veza_data.users u"
	"  where u.id = $1 and u.status = 'active' and u.id is distinct from $3"
	"    and ($7 is null or coalesce((u.preferences #>> array['notifications', $7])::boolean, true))"
	"    and not " VZ_USERS_ARE_APART("u.id", "$3")
	"    and not ($8 > 0 and exists (select from veza_data.notification o"
	"                                 where o.user_id = $1 and o.actor_id = $3 and o.kind = $2"
	"                                   and o.subject_id is not distinct from $5 and o.created_at > $6 - $8 * interval '1 second'))"
	" on conflict (user_id, kind, coalesce(actor_id, subject_id)) where read_at is null do update"
	"    set n = n.n + 1, subject_type = excluded.subject_type, subject_id = excluded.subject_id, created_at = excluded.created_at,"
	"        is_told = case when $8 > 0 then n.is_told else excluded.is_told end,"
	"        digest_at = coalesce(n.digest_at, excluded.digest_at)"
	" returning n.id, n.n",
	UUIDOID, TEXTOID, UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, INT4OID, BOOLOID);

static VzStmt settle = VZ_STMT(
	"update veza_data.notification set read_at = $4, digest_at = null"
	" where user_id = $1 and kind = $2 and actor_id is null and subject_id = $3 and read_at is null",
	UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt untold_users = VZ_STMT_NO_ARGS(
	"select distinct user_id::text as unit"
	"  from (select user_id from veza_data.notification where not is_told order by created_at limit 1000) u limit 100");

/* What another transaction is at is told by it, or the next time; what was read meanwhile is not. */
static VzStmt mark_told = VZ_STMT(
	"with told as ("
	"  update veza_data.notification set is_told = true"
	"   where id in (select id from veza_data.notification where user_id = $1 and not is_told"
	"                 order by created_at limit 10000 for no key update skip locked)"
	"  returning id, kind, created_at, read_at)"
	" select kind, (array_agg(id order by created_at desc, id desc))[1] as id, count(*) as n"
	"  from told where read_at is null group by kind order by min(created_at)",
	UUIDOID);

/* event_data is what the stream says: that there is something, how many of them, and nothing of what they are about. */
static char *
event_data(const pg_uuid_t *id, const char *kind, int64 n)
{
	return psprintf("{\"id\":\"%s\",\"kind\":\"%s\",\"n\":" INT64_FORMAT "}", vz_uuid_text(id), kind, n);
}

void
vz_notify(const VzNotification *n)
{
	const VzNotificationRule *rule = vz_notification_rule(n->kind);
	char	   *channel = vz_live_channel("user", n->user_id);
	bool		is_held;
	VzRow		row;

	if (vz_uuid_equal(n->user_id, n->actor_id))
		return;
	is_held = vz_live_try_hold(channel);
	if (vz_query_row(&insert_notification,
					 VZ_ARGS(vz_arg_uuid(n->user_id), vz_arg_text(rule->name), vz_arg_uuid(n->actor_id),
							 vz_arg_text(n->subject_type), vz_arg_uuid(n->subject_id), vz_arg_time(vz_now()),
							 vz_arg_text(rule->setting), vz_arg_int4(rule->repeat_s), vz_arg_bool(is_held)), &row) &&
		is_held && (rule->repeat_s == 0 || vz_row_int4(&row, "n") == 1))
		vz_live_publish(channel, EVENT, event_data(vz_row_uuid(&row, "id"), rule->name, 1));
}

void
vz_notify_settled(VzNotificationKind kind, const pg_uuid_t *user_id, const pg_uuid_t *subject_id)
{
	vz_execute(&settle, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_text(vz_notification_rule(kind)->name), vz_arg_uuid(subject_id),
								vz_arg_time(vz_now())));
}

VzRows
vz_job_tell_notifications_units(void)
{
	return vz_query_rows(&untold_users, VZ_NO_ARGS);
}

void
vz_job_tell_notifications(const char *unit)
{
	pg_uuid_t	user_id = vz_unit_uuid(unit);
	char	   *channel = vz_live_channel("user", &user_id);
	VzRows		rows;

	/* The channel first, and no row is waited for: who holds a row may wait for the channel. */
	vz_live_hold(channel);
	rows = vz_query_rows(&mark_told, VZ_ARGS(vz_arg_uuid(&user_id)));
	for (uint64 i = 0; i < rows.n; i++)
	{
		const VzRow *row = &rows.row[i];

		vz_live_publish(channel, EVENT, event_data(vz_row_uuid(row, "id"), vz_row_text(row, "kind"), vz_row_int8(row, "n")));
	}
}
