/*
 * notification_read.c
 *		Reading notifications, one or all, and throwing them away.
 */
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/ground/translation.h"
#include "../core/request/request.h"
#include "notification_sight.h"
#include "unread.h"

#define MARKED_MAX "10000"

static VzStmt mark_read = VZ_STMT(
	"update veza_data.notification r set read_at = coalesce(r.read_at, $3), digest_at = null"
	" where r.id = $2 and exists (select" VZ_NOTIFICATIONS_SEEN("$1") " and n.id = $2)",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt throw_away = VZ_STMT(
	"update veza_data.notification r set read_at = coalesce(r.read_at, $3), digest_at = null, is_deleted = true"
	" where r.id = $2 and exists (select" VZ_NOTIFICATIONS_SEEN("$1") " and n.id = $2)",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

/* What happens again at this moment is not read: no row is waited for. */
static VzStmt mark_all_read = VZ_STMT(
	"update veza_data.notification set read_at = $2, digest_at = null"
	" where id in (select id from veza_data.notification where user_id = $1 and read_at is null and created_at <= $3"
	"               order by created_at desc, id desc limit " MARKED_MAX " for no key update skip locked)",
	UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt one_notification = VZ_STMT(
	"select " VZ_NOTIFICATION_COLUMNS("$1") VZ_NOTIFICATIONS_SEEN("$1") " and n.id = $2", UUIDOID, UUIDOID);

VZ_FUNCTION(notification_read);
VZ_FUNCTION(notification_read_all);
VZ_FUNCTION(notification_delete);

/* change_own changes the actor's notification whose id is the argument; what the actor may not see is not there. */
static const VzActor *
change_own(FunctionCallInfo fcinfo, VzStmt *change)
{
	const VzActor *actor = vz_require_user();

	if (PG_ARGISNULL(0))
		vz_raise_error(VZ_E_NOTIFICATION_NOT_FOUND);
	if (vz_execute(change, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_uuid(PG_GETARG_UUID_P(0)), vz_arg_time(vz_now()))) == 0)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_NOTIFICATION_NOT_FOUND), "notification_id", PG_GETARG_UUID_P(0)));
	return actor;
}

/* notification_read marks a notification as read, and shows it; again it stays read since then. */
Datum
notification_read(PG_FUNCTION_ARGS)
{
	const VzActor *actor = change_own(fcinfo, &mark_read);
	Datum		json;

	if (!vz_json_row(&one_notification, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_uuid(PG_GETARG_UUID_P(0))), &json))
		vz_raise_error(VZ_E_NOTIFICATION_NOT_FOUND);
	return json;
}

/*
 * notification_read_all marks as read what the actor was told of until a moment.
 *
 * Arguments: the moment (optional: now).
 */
Datum
notification_read_all(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	TimestampTz until = PG_ARGISNULL(0) ? vz_now() : PG_GETARG_TIMESTAMPTZ(0);
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"marked\":" UINT64_FORMAT ",",
					 vz_execute(&mark_all_read, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_time(vz_now()), vz_arg_time(until))));
	vz_append_unread_count(&json, &actor->user_id);
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}

/* notification_delete throws a notification away. */
Datum
notification_delete(PG_FUNCTION_ARGS)
{
	(void) change_own(fcinfo, &throw_away);
	return vz_message_answer("The notification is deleted.");
}
