/*
 * comment_list.c
 *		Reading comments: those of a track by time or by place, the replies to one
 *		of them, and one by itself. Everything is seen with the reader's eyes; a
 *		comment that is not there for the reader, but has replies that are, is an
 *		empty place.
 *
 * Each order is a statement that walks its index.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../track/key_page.h"
#include "../track/list_query.h"
#include "comment_shape.h"
#include "comment_sight.h"

/* Who looks at what: track or comment, owner of the track, reader, whether as an administrator; from and to in ms. */
#define NFILTERS 6
#define FILTER_TYPES UUIDOID, UUIDOID, UUIDOID, BOOLOID, INT4OID, INT4OID

/* SQL: the row c has its place: it is seen, or something under it is, by the reader, perhaps as an administrator. */
#define HAS_PLACE(owner, viewer, is_admin) \
	"(" VZ_COMMENT_IS_VISIBLE("c", owner, viewer, is_admin) \
	" or c.has_replies and exists (select from veza_data.comment r where r.parent_id = c.id and " \
	VZ_COMMENT_IS_VISIBLE("r", owner, viewer, is_admin) "))"

/* SQL: a page of the comments c within a scope, by a key of which the cursor has a text. */
#define PAGE(scope, key, key_text, after, direction) \
	VZ_STMT( \
	"select p.sort_key, x.* from (select c.id, " key " as key, (" key_text ")::text as sort_key," \
	"   " VZ_COMMENT_IS_VISIBLE("c", "$6", "$7", "$8") " as is_seen" \
	"   from veza_data.comment c where " scope " and " after " and " HAS_PLACE("$6", "$7", "$8") \
	"  order by " key direction ", c.id" direction " limit $3 offset $4) p" \
	" cross join lateral (select " VZ_COMMENT_COLUMNS("p.is_seen", "$7") " from veza_data.comment_shape s where s.id = p.id) x" \
	" order by p.key" direction ", p.id" direction, \
	TEXTOID, TEXTOID, INT4OID, INT4OID, FILTER_TYPES)

#define TIME_OF_KEY(otherwise) "coalesce(timestamptz 'epoch' + $1::bigint * interval '1 microsecond', '" otherwise "')"
#define LAST_ID "coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')"
#define FIRST_ID "coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')"

#define OF_TRACK "c.track_id = $5 and c.parent_id is null and c.is_listed"
#define AT_PLACE(from, to) "c.timestamp_ms >= coalesce(" from ", 0) and c.timestamp_ms <= coalesce(" to ", 2147483647)"

typedef enum CommentOrder
{
	BY_NEWEST,
	BY_OLDEST,
	BY_POSITION,
	BY_REPLY					/* of the replies to one comment, which are a list of their own */
} CommentOrder;

static VzStmt comment_pages[] = {
	[BY_NEWEST] = PAGE(OF_TRACK, "c.created_at", VZ_TIME_KEY("c.created_at"),
					   "(c.created_at, c.id) < (" TIME_OF_KEY("infinity") ", " LAST_ID ")", " desc"),
	[BY_OLDEST] = PAGE(OF_TRACK, "c.created_at", VZ_TIME_KEY("c.created_at"),
					   "(c.created_at, c.id) > (" TIME_OF_KEY("-infinity") ", " FIRST_ID ")", ""),
	[BY_POSITION] = PAGE(OF_TRACK " and " AT_PLACE("$9", "$10"), "c.timestamp_ms", "c.timestamp_ms",
						 "(c.timestamp_ms, c.id) > (coalesce($1::integer, -1), " FIRST_ID ")", ""),
	[BY_REPLY] = PAGE("c.parent_id = $5", "c.created_at", VZ_TIME_KEY("c.created_at"),
					  "(c.created_at, c.id) > (" TIME_OF_KEY("-infinity") ", " FIRST_ID ")", ""),
};

static VzStmt count_comments = VZ_STMT(
	"select count(*) as n from veza_data.comment c where c.track_id = $1 and c.parent_id is null and c.is_listed"
	"   and ($5 is null and $6 is null or " AT_PLACE("$5", "$6") ") and " HAS_PLACE("$2", "$3", "$4"),
	FILTER_TYPES);

static VzStmt count_replies = VZ_STMT(
	"select count(*) as n from veza_data.comment c"
	" where c.parent_id = $1 and " VZ_COMMENT_IS_VISIBLE("c", "$2", "$3", "$4") " and ($5 is null or $6 is null or true)",
	FILTER_TYPES);

static VzStmt one = VZ_STMT(
	"select " VZ_COMMENT_COLUMNS("true", "$2") " from veza_data.comment_shape s where s.id = $1", UUIDOID, UUIDOID);

/* The comment of which replies are asked, be it an empty place: what it is on, and whose that is. */
static VzStmt find_place = VZ_STMT(
	"select c.id, t.uploader_id from veza_data.comment c join veza_data.track t on t.id = c.track_id"
	" where c.id = $1 and c.parent_id is null and " VZ_TRACK_IS_VISIBLE("t", "$2", "$3")
	"   and " HAS_PLACE("t.uploader_id", "$2", "$3"),
	UUIDOID, UUIDOID, BOOLOID);

VZ_FUNCTION(comment_list);
VZ_FUNCTION(comment_replies);
VZ_FUNCTION(comment_get);

/* order_argument is the order that is asked for. */
static CommentOrder
order_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	static const char *const orders[] = {[BY_NEWEST] = "newest", [BY_OLDEST] = "oldest", [BY_POSITION] = "position"};
	char	   *order = vz_lower(vz_text_argument(fcinfo, argno));

	for (int i = 0; order != NULL && i < (int) lengthof(orders); i++)
		if (strcmp(order, orders[i]) == 0)
			return (CommentOrder) i;
	if (order != NULL && order[0] != '\0')
		vz_field_error(wrong, "sort", "must be newest, oldest or position");
	return BY_NEWEST;
}

/* place_argument is a bound of the places that are shown, which there is only in their order. */
static VzArg
place_argument(FunctionCallInfo fcinfo, int argno, const char *field, CommentOrder order, VzRefusal *wrong)
{
	if (PG_ARGISNULL(argno))
		return vz_arg_null();
	if (order != BY_POSITION)
		vz_field_error(wrong, field, "goes with sort=position only");
	else if (PG_GETARG_INT32(argno) < 0)
		vz_field_error(wrong, field, "must be a number of milliseconds from 0");
	return vz_arg_int4(PG_GETARG_INT32(argno));
}

/*
 * comment_list shows the comments of a track, without the replies to them.
 *
 * Arguments: the track, page, limit, cursor, order, first and last place in ms, whether to count them.
 */
Datum
comment_list(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	CommentOrder order = order_argument(fcinfo, 4, wrong);
	bool		with_total = !PG_ARGISNULL(7) && PG_GETARG_BOOL(7);
	VzArg		filters[NFILTERS];
	VzTrackSight sight;
	VzKeyPage	page;

	vz_key_page_read(fcinfo, 1, order, VZ_CURSOR_NUMBER, &page, wrong);
	filters[4] = place_argument(fcinfo, 5, "from_ms", order, wrong);
	filters[5] = place_argument(fcinfo, 6, "to_ms", order, wrong);
	VZ_REFUSE_IF(wrong);
	if (!vz_track_see(fcinfo, 0, &sight))
		VZ_REFUSE(vz_track_not_found(fcinfo, 0));
	filters[0] = vz_arg_uuid(&sight.id);
	filters[1] = vz_arg_uuid(&sight.owner_id);
	filters[2] = vz_arg_viewer();
	filters[3] = vz_arg_is_admin();
	/* What has no place in the track is not in that order. */
	if (order == BY_POSITION && with_total && PG_ARGISNULL(5))
		filters[4] = vz_arg_int4(0);
	return vz_key_page_answer(&page, &(VzKeyRows) {.all = &comment_pages[order], .count = with_total ? &count_comments : NULL},
							  NFILTERS, filters);
}

/*
 * comment_replies shows the replies to a comment, the oldest first.
 *
 * Arguments: the comment, page, limit, cursor, whether to count them.
 */
Datum
comment_replies(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	bool		with_total = !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	VzArg		filters[NFILTERS];
	VzKeyPage	page;
	VzRow		row;

	vz_key_page_read(fcinfo, 1, BY_REPLY, VZ_CURSOR_NUMBER, &page, wrong);
	VZ_REFUSE_IF(wrong);
	filters[2] = vz_arg_viewer();
	filters[3] = vz_arg_is_admin();
	if (PG_ARGISNULL(0) || !vz_query_row(&find_place, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0)), filters[2], filters[3]), &row))
		VZ_REFUSE(vz_comment_not_found(fcinfo, 0));
	filters[0] = vz_arg_uuid(vz_row_uuid(&row, "id"));
	filters[1] = vz_arg_uuid(vz_row_uuid(&row, "uploader_id"));
	filters[4] = filters[5] = vz_arg_null();
	return vz_key_page_answer(&page, &(VzKeyRows) {.all = &comment_pages[BY_REPLY], .count = with_total ? &count_replies : NULL},
							  NFILTERS, filters);
}

/* comment_get shows one comment. */
Datum
comment_get(PG_FUNCTION_ARGS)
{
	VzComment	comment;
	Datum		json;

	if (PG_ARGISNULL(0) || !vz_comment_see(PG_GETARG_UUID_P(0), VZ_COMMENT_READ, &comment) ||
		!vz_json_row(&one, VZ_ARGS(vz_arg_uuid(&comment.id), vz_arg_viewer()), &json))
		VZ_REFUSE(vz_comment_not_found(fcinfo, 0));
	vz_set_etag(&comment.id, comment.revision);
	return json;
}
