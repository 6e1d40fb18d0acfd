/*
 * notification_list.c
 *		What the actor was told of, newest first, and how much of it is unread.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/json.h"
#include "../core/request/request.h"
#include "../notification/notification_kinds.h"
#include "../track/key_page.h"
#include "notification_sight.h"
#include "ordered.h"
#include "unread.h"

#define COUNTED_MAX 100

/*
 * One page, by an index that has them in this order; the cursor's key is the
 * time in microseconds. From the start and behind a cursor are two statements,
 * so that each walks the index from where it begins.
 */
#define PAGE(condition) \
	VZ_STMT( \
	"select " VZ_NOTIFICATION_COLUMNS("$5") ", (extract(epoch from n.created_at) * 1000000)::bigint::text as sort_key" \
	VZ_NOTIFICATIONS_SEEN("$5") " and ($6 is null or n.kind = $6)" condition \
	" order by n.created_at desc, n.id desc limit $3 offset $4", \
	TEXTOID, TEXTOID, INT4OID, INT4OID, UUIDOID, TEXTOID)

#define UNREAD " and n.read_at is null"
#define BEHIND " and (n.created_at, n.id) < (timestamptz 'epoch' + $1::bigint * interval '1 microsecond', $2::uuid)"

/* By whether what was read is left out, and whether there is a cursor. */
static VzStmt notification_pages[2][2] = {{PAGE(""), PAGE(BEHIND)}, {PAGE(UNREAD), PAGE(UNREAD BEHIND)}};

static VzStmt count_unread = VZ_STMT(
	"select count(*) as n"
	"  from (select" VZ_NOTIFICATIONS_SEEN("$1") UNREAD " order by n.created_at desc, n.id desc limit $2) u",
	UUIDOID, INT4OID);

VZ_FUNCTION(notification_list);
VZ_FUNCTION(notification_unread_count);

void
vz_append_unread_count(StringInfo json, const pg_uuid_t *user_id)
{
	int			level;
	VzRow		row;
	int64		n;

	level = vz_ordered_begin();
	vz_query_row(&count_unread, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_int4(COUNTED_MAX + 1)), &row);
	vz_ordered_end(level);
	n = vz_row_int8(&row, "n");
	appendStringInfo(json, "\"unread_count\":" INT64_FORMAT ",\"is_exact\":%s",
					 Min(n, COUNTED_MAX), n > COUNTED_MAX ? "false" : "true");
}

/*
 * notification_list shows what the actor was told of.
 *
 * Arguments: page, limit, cursor; only what is unread; only this kind.
 */
Datum
notification_list(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	bool		is_unread = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	char	   *kind = vz_text_argument(fcinfo, 4);
	VzKeyPage	page;
	Datum		answer;
	int			level;

	vz_key_page_read(fcinfo, 0, 0, VZ_CURSOR_NUMBER, &page, wrong);
	if (kind != NULL && !vz_notification_kind_is_known(kind))
		vz_field_error(wrong, "kind", "is no kind of notification");
	VZ_REFUSE_IF(wrong);
	level = vz_ordered_begin();
	answer = vz_key_page_answer(&page, &(VzKeyRows) {.all = &notification_pages[is_unread][page.after_key != NULL]},
								VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_text(kind)));
	vz_ordered_end(level);
	return answer;
}

/* notification_unread_count says how much the actor has not read. */
Datum
notification_unread_count(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	vz_append_unread_count(&json, &actor->user_id);
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}
