/*
 * search.c
 *		One search over tracks, playlists and users.
 *
 * Each type is found, ranked and continued by itself, and seen with the
 * reader's eyes: what has no place in the reader's lists is not found.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/bounded_plan.h"
#include "../core/ground/json.h"
#include "../core/request/page.h"
#include "../playlist/shape.h"
#include "../track/cursor.h"
#include "../track/search_tracks.h"
#include "../user/user.h"
#include "sources.h"
#include "types.h"

#define NTYPES VZ_SEARCH_ARTISTS

/* The hits in their order. They take who looks, and whether it is an administrator, for whom playlists look different. */
#define SHOWN(columns, shape, more) \
	VZ_STMT("select " columns " from unnest($1) with ordinality h(id, place) join veza_data." shape " s on s.id = h.id" more \
			" order by h.place", \
			UUIDARRAYOID, UUIDOID, BOOLOID)

/* The types as they are found and shown; the cursors of each are of an order of their own. */
static struct
{
	const char *member;
	VzSearchSource *source;
	int			order;
	VzStmt		show;
}			kinds[NTYPES] = {
	[VZ_SEARCH_TRACKS] = {"tracks", &vz_track_source, 90, SHOWN("s.*", "track_shape", "")},
	[VZ_SEARCH_PLAYLISTS] = {"playlists", &vz_playlist_source, 91,
							 SHOWN(VZ_PLAYLIST_COLUMNS("$2", "$3"), "playlist_base", VZ_PLAYLIST_COVERS("$2", "$3"))},
	[VZ_SEARCH_USERS] = {"users", &vz_user_source, 92, SHOWN("s.*", "public_user_shape", "")},
};

/* What is asked, and the answer as it grows. */
typedef struct SearchRequest
{
	VzSearch	search;
	bool		wanted[NTYPES];
	int			limit;
	bool		has_cursor;		/* then there is one type only */
	VzHit		after;
	StringInfoData found;		/* a member for each type */
	StringInfoData next;		/* and its cursor */
	int			n;
} SearchRequest;

VZ_FUNCTION(search);

/* read_sought_text reads the argument q. */
static void
read_sought_text(SearchRequest *r, const char *text, VzRefusal *wrong)
{
	if (text == NULL || text[0] == '\0')
		vz_field_error(wrong, "q", "is missing");
	else if (pg_mbstrlen(text) > VZ_SOUGHT_CHARS_MAX)
		vz_field_error(wrong, "q", psprintf("must have at most %d characters", VZ_SOUGHT_CHARS_MAX));
	else
	{
		r->search = vz_search_query(text);
		if (r->search.folded[0] == '\0')
			vz_field_error(wrong, "q", "must have letters or digits");
	}
}

/* read_place reads where the one type is continued. */
static void
read_place(SearchRequest *r, const char *text, int ntypes, VzRefusal *wrong)
{
	VzCursor	cursor;
	int			type = 0;

	if (text == NULL || text[0] == '\0')
		return;
	while (type < NTYPES - 1 && !r->wanted[type])
		type++;
	r->has_cursor = strlen(text) <= VZ_CURSOR_MAX && vz_cursor_read(text, VZ_CURSOR_NUMBER, &cursor) &&
		cursor.order == kinds[type].order;
	if (ntypes != 1 || !r->has_cursor)
	{
		vz_field_error(wrong, "cursor", "must be the one that next_cursors has for the one type in types");
		return;
	}
	r->after.relevance = strtoll(cursor.key, NULL, 10);
	r->after.id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(cursor.id)));
}

/* find_hits finds one hit more than are shown, if there is one. */
static VzHits
find_hits(const SearchRequest *r, int type)
{
	VzArg		filters[Max(VZ_NSEARCH_FILTERS, VZ_SOURCE_FILTERS)];

	if (type == VZ_SEARCH_TRACKS)
		vz_track_search_filters(&r->search, filters);
	else
	{
		filters[0] = vz_arg_viewer();
		vz_search_sought(&r->search, filters + 1);
	}
	return vz_search_ranked(kinds[type].source, &r->search, r->limit + 1, r->has_cursor ? &r->after : NULL, filters);
}

/* append_hits appends what is shown of the hits. */
static void
append_hits(SearchRequest *r, int type, const VzHits *hits)
{
	int			n = Min(hits->n, r->limit);
	Datum	   *ids = palloc(sizeof(Datum) * (size_t) (n + 1));
	Datum		shown;
	VzRows		rows;

	for (int i = 0; i < n; i++)
		ids[i] = UUIDPGetDatum(&hits->hit[i].id);
	shown = PointerGetDatum(construct_array(ids, n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
	rows = vz_query_rows(&kinds[type].show, VZ_ARGS(vz_arg_datum(shown, false), vz_arg_viewer(),
													vz_arg_bool(vz_user_actor()->role == VZ_ROLE_ADMIN)));
	for (uint64 i = 0; i < rows.n; i++)
	{
		appendStringInfoString(&r->found, i > 0 ? "," : "");
		vz_json_append_row(&r->found, &rows.row[i]);
	}
	r->n += (int) rows.n;
}

/* append_next appends the cursor of what follows, or null. */
static void
append_next(SearchRequest *r, int type, const VzHits *hits)
{
	const VzHit *last;
	char	   *key;
	char	   *cursor;

	if (hits->hit == NULL || hits->n <= r->limit)
	{
		appendStringInfoString(&r->next, "null");
		return;
	}
	last = &hits->hit[r->limit - 1];
	key = psprintf(INT64_FORMAT, last->relevance);
	cursor = palloc(VZ_CURSOR_ROOM(strlen(key)));
	vz_cursor_write(&(VzCursor) {kinds[type].order, key, vz_uuid_text(&last->id)}, cursor);
	escape_json(&r->next, cursor);
}

/* append_type appends what is found of a type; of one that is not wanted, nothing is. */
static void
append_type(SearchRequest *r, int type)
{
	VzHits		hits = {0};

	if (r->wanted[type])
		hits = find_hits(r, type);
	appendStringInfo(&r->found, ",\"%s\":[", kinds[type].member);
	if (hits.n > 0)
		append_hits(r, type, &hits);
	appendStringInfoChar(&r->found, ']');
	appendStringInfo(&r->next, "%s\"%s\":", type > 0 ? "," : "", kinds[type].member);
	append_next(r, type, &hits);
}

/*
 * search finds tracks, playlists and users.
 *
 * Arguments: what is searched for, types, limit, cursor.
 */
Datum
search(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *text = vz_text_argument(fcinfo, 0);
	SearchRequest r = {.limit = PG_ARGISNULL(2) ? VZ_PAGE_LIMIT_DEFAULT : PG_GETARG_INT32(2)};
	int			ntypes = vz_search_types_argument(fcinfo, 1, NTYPES, r.wanted, wrong);
	int			level;
	StringInfoData answer;

	read_sought_text(&r, text, wrong);
	if (r.limit < 1 || r.limit > VZ_PAGE_LIMIT_MAX)
		vz_field_error(wrong, "limit", psprintf("must be a number from 1 to %d", VZ_PAGE_LIMIT_MAX));
	read_place(&r, vz_text_argument(fcinfo, 3), ntypes, wrong);
	vz_raise_if(wrong);

	initStringInfo(&r.found);
	initStringInfo(&r.next);
	level = vz_plan_bounded();
	for (int type = 0; type < NTYPES; type++)
		append_type(&r, type);
	vz_plan_as_before(level);

	initStringInfo(&answer);
	appendStringInfoString(&answer, "{\"query\":");
	escape_json(&answer, text);
	appendStringInfo(&answer, "%s,\"total_results\":%d,\"next_cursors\":{%s}}", r.found.data, r.n, r.next.data);
	return vz_json_datum(&answer);
}
