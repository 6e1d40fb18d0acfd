/*
 * notify.c
 *		Telling a user of something (see notify.h).
 *
 * Events of one user have ids in the order of their commits, so who publishes
 * one holds the user's channel until the commit. A thousand likes a second of one
 * artist's tracks would queue there: who finds it taken leaves it to the job.
 */
#include "notify.h"

#include "../core/effects/live_event.h"
#include "../core/ground/clock.h"
#include "../core/ground/query.h"
#include "../user/visibility.h"

#define EVENT "notification"

/* A setting that was never set is as settings_shape has it: true for all that are named in the list of kinds. */
static VzStmt insert_notification = VZ_STMT(
	"insert into veza_data.notification as n (user_id, kind, actor_id, subject_type, subject_id, created_at)"
	" select u.id, $2, $3, $4, $5, $6 from veza_data.users u"
	"  where u.id = $1 and u.status = 'active' and u.id is distinct from $3"
	"    and ($7 is null or coalesce((u.preferences #>> array['notifications', $7])::boolean, true))"
	"    and not " VZ_USERS_ARE_APART("u.id", "$3")
	"    and not exists (select from veza_data.notification o"
	"                     where o.user_id = $1 and o.actor_id = $3 and o.kind = $2 and o.subject_id is not distinct from $5"
	"                       and o.read_at is not null and o.created_at > $6 - $8 * interval '1 second')"
	" on conflict (user_id, kind, coalesce(actor_id, subject_id)) where read_at is null do update"
	"    set n = n.n + 1, subject_type = excluded.subject_type, subject_id = excluded.subject_id, is_told = false,"
	"        created_at = excluded.created_at"
	" returning n.id",
	UUIDOID, TEXTOID, UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, INT4OID);

static VzStmt mark_told = VZ_STMT("update veza_data.notification set is_told = true where id = $1", UUIDOID);

static VzStmt untold = VZ_STMT_NO_ARGS(
	"select id, user_id, kind from veza_data.notification where not is_told order by user_id limit 100 for no key update skip locked");

static VzStmt forget_notifications = VZ_STMT(
	"delete from veza_data.notification where user_id = $1 or actor_id = $1", UUIDOID);

/* event_data is what the stream says: that there is something, and nothing of what it is about. */
static char *
event_data(const pg_uuid_t *id, const char *kind)
{
	return psprintf("{\"id\":\"%s\",\"kind\":\"%s\"}", vz_uuid_text(id), kind);
}

void
vz_notify(const VzNotification *n)
{
	const VzNotificationRule *rule = vz_notification_rule(n->kind);
	VzRow		row;

	if (!vz_query_row(&insert_notification,
					  VZ_ARGS(vz_arg_uuid(n->user_id), vz_arg_text(rule->name), vz_arg_uuid(n->actor_id),
							  vz_arg_text(n->subject_type), vz_arg_uuid(n->subject_id), vz_arg_time(vz_now()),
							  vz_arg_text(rule->setting), vz_arg_int4(rule->repeat_s)), &row))
		return;
	if (vz_live_try_publish(vz_live_channel("user", n->user_id), EVENT, event_data(vz_row_uuid(&row, "id"), rule->name)))
		vz_execute(&mark_told, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&row, "id"))));
}

int64
vz_job_tell_notifications(void)
{
	VzRows		rows = vz_query_rows(&untold, VZ_NO_ARGS);

	/* In the order of the users, so that two publishers never wait for each other. */
	for (uint64 i = 0; i < rows.n; i++)
	{
		const VzRow *row = &rows.row[i];
		const pg_uuid_t *id = vz_row_uuid(row, "id");

		vz_live_publish(vz_live_channel("user", vz_row_uuid(row, "user_id")), EVENT, event_data(id, vz_row_text(row, "kind")));
		vz_execute(&mark_told, VZ_ARGS(vz_arg_uuid(id)));
	}
	return (int64) rows.n;
}

void
vz_notifications_end_account(const pg_uuid_t *user_id)
{
	vz_execute(&forget_notifications, VZ_ARGS(vz_arg_uuid(user_id)));
}
