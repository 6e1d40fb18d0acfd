/*
 * entries.c
 *		Reading the entries of a playlist. One whose track the reader may not see
 *		is shown as an entry, and tells nothing of the track.
 */
#include "entries.h"

#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "shape.h"
#include "smart_store.h"

#define WHOLE_LIMIT 100			/* entries that come with the playlist itself */
#define SUMMED_UP "500"			/* of longer ones the duration is not added up */

/* Below every rank there is. */
#define AFTER "coalesce($1::bigint, -9223372036854775807)"

/*
 * Who has added an entry is shown to those who take part, and to others as far as they may see that user. Positions are
 * counted: those before the page, and those of the page.
 */
static VzStmt entries_page = VZ_STMT(
	"with page as materialized ("
	"  select e.id, e.playlist_id, e.track_id, e.rank, e.added_by, e.added_at from veza_data.playlist_entry e"
	"   where e.playlist_id = $5 and e.rank > " AFTER " and ($2 is null or true) order by e.rank limit $3 offset $4),"
	" before as ("
	"  select case when $1 is null then $4 else count(*) end as n"
	"    from veza_data.playlist_entry e where $1 is not null and e.playlist_id = $5 and e.rank <= " AFTER ")"
	" select e.id, e.id as entry_id, (b.n + row_number() over (order by e.rank) - 1)::integer as position, t.id is not null as is_available,"
	"        t.id as track_id, (select row_to_json(x) from veza_data.track_shape x where x.id = t.id) as track,"
	"        u.id as added_by, u.username as added_by_username, e.added_at, e.rank::text as sort_key"
	"   from page e"
	"   cross join before b"
	"   join veza_data.playlist p on p.id = e.playlist_id"
	"   left join veza_data.track t on t.id = e.track_id and " VZ_ENTRY_IS_AVAILABLE("p", "e", "t", "$6", "$7")
	"   left join veza_data.users u on u.id = e.added_by"
	"         and " VZ_PARTNER_IS_SHOWN("u", "$6", "$7") " and ($7 or $8 or u.id = $6 or " VZ_USER_IS_SHOWN("u", "$6") ")"
	"  order by e.rank",
	TEXTOID, TEXTOID, INT4OID, INT4OID, UUIDOID, UUIDOID, BOOLOID, BOOLOID);

static VzStmt count_entries = VZ_STMT(
	"select track_count as n from veza_data.playlist where id = $1 and ($2 is null or true) and ($3 is null or true) and ($4 is null or true)",
	UUIDOID, UUIDOID, BOOLOID, BOOLOID);

/* Of what the reader may see: the length of another one's private track does not show in a difference. */
static VzStmt add_up_duration = VZ_STMT(
	"select case when p.track_count <= " SUMMED_UP " then"
	"            (select coalesce(sum(t.duration_ms), 0)"
	"               from veza_data.playlist_entry e"
	"               join veza_data.track t on t.id = e.track_id and " VZ_ENTRY_IS_AVAILABLE("p", "e", "t", "$2", "$3")
	"              where e.playlist_id = p.id) end as ms"
	"  from veza_data.playlist p where p.id = $1",
	UUIDOID, UUIDOID, BOOLOID);

VZ_FUNCTION(playlist_tracks);
VZ_FUNCTION(playlist_get);

Datum
vz_playlist_entries_answer(const VzPlaylistSight *sight, const VzKeyPage *page)
{
	return vz_key_page_answer(page, &(VzKeyRows) {.all = &entries_page, .count = &count_entries},
							  VZ_ARGS(vz_arg_uuid(&sight->id), vz_arg_uuid(sight->is_known ? &sight->actor_id : NULL),
									  vz_arg_bool(sight->is_admin), vz_arg_bool(vz_playlist_takes_part(sight))));
}

/*
 * playlist_tracks pages through the entries of a playlist, in their order.
 *
 * Arguments: the playlist, page, limit, cursor.
 */
Datum
playlist_tracks(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzSmartQuery *query = NULL;
	VzPlaylistSight sight;
	VzKeyPage	page;

	if (!vz_playlist_see(fcinfo, 0, &sight))
		vz_raise(vz_playlist_not_found(fcinfo, 0));
	if (sight.is_smart)
		vz_smart_page_read(fcinfo, 1, query = vz_smart_of(&sight), &page, wrong);
	else
		vz_key_page_read(fcinfo, 1, 0, VZ_CURSOR_NUMBER, &page, wrong);
	vz_raise_if(wrong);
	return query != NULL ? vz_smart_entries_answer(query, &page) : vz_playlist_entries_answer(&sight, &page);
}

/* playlist_get shows a playlist with its first entries. */
Datum
playlist_get(PG_FUNCTION_ARGS)
{
	VzKeyPage	first = {.numbers = {.page = 1, .limit = WHOLE_LIMIT}};
	VzPlaylistSight sight;
	StringInfoData json;
	Datum		tracks;
	bool		isnull;
	Datum		ms;
	VzRow		row;

	if (!vz_playlist_see(fcinfo, 0, &sight))
		vz_raise(vz_playlist_not_found(fcinfo, 0));
	initStringInfo(&json);
	appendStringInfoString(&json, vz_playlist_text(&sight.id));
	vz_query_row(&add_up_duration, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_viewer(), vz_arg_bool(sight.is_admin)), &row);
	ms = vz_row_datum(&row, "ms", &isnull);
	json.len--;
	appendStringInfoString(&json, ",\"duration_ms\":");
	vz_json_append(&json, ms, isnull || sight.is_smart, INT8OID);
	tracks = sight.is_smart ? vz_smart_entries_answer(vz_smart_of(&sight), &first) : vz_playlist_entries_answer(&sight, &first);
	appendStringInfo(&json, ",\"tracks\":%s}", TextDatumGetCString(tracks));
	vz_set_etag(&sight.id, sight.revision);
	return vz_json_datum(&json);
}
