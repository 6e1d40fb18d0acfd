/*
 * add.c
 *		Adding tracks to playlists.
 */
#include "add.h"

#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"

/* The first track that the actor does not see. */
static VzStmt find_unseen = VZ_STMT(
	"select x.track_id from unnest($1) with ordinality x(track_id, n)"
	" where not exists (select from veza_data.track t where t.id = x.track_id and t.deleted_at is null"
	"                      and " VZ_TRACK_IS_VISIBLE("t", "$2", "$3") ")"
	" order by x.n limit 1",
	UUIDARRAYOID, UUIDOID, BOOLOID);

static VzStmt sort_out = VZ_STMT(
	"select coalesce(array_agg(x.track_id order by x.n) filter (where not (x.is_duplicate and $3)), '{}') as wanted,"
	"       coalesce(array_agg(x.track_id order by x.n) filter (where x.is_duplicate), '{}') as duplicates"
	"  from (select u.track_id, u.n,"
	"               row_number() over (partition by u.track_id order by u.n) > 1"
	"               or exists (select from veza_data.playlist_entry e where e.playlist_id = $1 and e.track_id = u.track_id) as is_duplicate"
	"          from unnest($2) with ordinality u(track_id, n)) x",
	UUIDOID, UUIDARRAYOID, BOOLOID);

VZ_FUNCTION(playlist_add);

void
vz_playlist_refuse_position(const VzPlaylistSight *sight)
{
	vz_raise(vz_fact_int(vz_refusal(VZ_E_PLAYLIST_POSITION_INVALID), "track_count", sight->track_count));
}

void
vz_playlist_require_room(const VzPlaylistSight *sight, int n)
{
	int64		most = vz_setting_int("playlist_entries_max");

	if (n > 0 && sight->track_count + n > most)
		vz_raise(vz_fact_int(vz_fact_int(vz_refusal(VZ_E_PLAYLIST_FULL), "limit", most), "track_count", sight->track_count));
}

VzArg
vz_ids_argument(FunctionCallInfo fcinfo, int argno, const char *field, int most, int *n, VzRefusal *wrong)
{
	ArrayType  *array;

	*n = 0;
	if (PG_ARGISNULL(argno))
		return vz_arg_null();
	array = PG_GETARG_ARRAYTYPE_P(argno);
	*n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (*n > most)
		vz_field_error(wrong, field, psprintf("must have at most %d items", most));
	if (array_contains_nulls(array) || ARR_NDIM(array) > 1)
		vz_field_error(wrong, field, "must be a list of UUIDs");
	return vz_arg_datum(PointerGetDatum(array), false);
}

/* uuids_in counts the elements of an array of UUIDs. */
static int
uuids_in(VzArg array)
{
	ArrayType  *a = DatumGetArrayTypeP(array.value);

	return ArrayGetNItems(ARR_NDIM(a), ARR_DIMS(a));
}

VzPlaylistAddition
vz_playlist_add(VzPlaylistSight *sight, VzArg track_ids, int position, bool skips_duplicates)
{
	VzPlaylistAddition addition = {.position = position == VZ_PLAYLIST_END ? sight->track_count : position};
	VzArg		wanted;
	VzRow		row;
	int			n;

	if (addition.position < 0 || addition.position > sight->track_count)
		vz_playlist_refuse_position(sight);
	if (vz_query_row(&find_unseen, VZ_ARGS(track_ids, vz_arg_uuid(&sight->actor_id), vz_arg_bool(sight->is_admin)), &row))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_TRACK_NOT_FOUND), "track_id", vz_row_uuid(&row, "track_id")));
	vz_query_row(&sort_out, VZ_ARGS(vz_arg_uuid(&sight->id), track_ids, vz_arg_bool(skips_duplicates)), &row);
	wanted.value = vz_row_datum(&row, "wanted", &wanted.isnull);
	addition.duplicates.value = vz_row_datum(&row, "duplicates", &addition.duplicates.isnull);
	n = uuids_in(wanted);
	vz_playlist_require_room(sight, n);
	if (n > 0)
	{
		addition.added = vz_order_insert(sight, wanted, n, addition.position);
		vz_order_changed(sight, "added", n, n);
	}
	return addition;
}

/* tracks_argument reads which tracks are added: one, or a list. */
static VzArg
tracks_argument(FunctionCallInfo fcinfo, VzRefusal *wrong)
{
	int			n;
	VzArg		track_ids = vz_ids_argument(fcinfo, 2, "track_ids", VZ_PLAYLIST_ADD_MAX, &n, wrong);
	Datum		one;

	if (PG_ARGISNULL(1) == (n == 0))
		vz_field_error(wrong, "track_id", "must be there, or track_ids must be");
	if (PG_ARGISNULL(1))
		return track_ids;
	one = PG_GETARG_DATUM(1);
	return vz_arg_datum(PointerGetDatum(construct_array(&one, 1, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR)), false);
}

/* append_addition says what was added and what was there already. */
static void
append_addition(StringInfo json, const VzPlaylistAddition *addition)
{
	appendStringInfoString(json, "{\"added\":[");
	for (uint64 i = 0; i < addition->added.n; i++)
	{
		const VzRow *row = &addition->added.row[i];

		appendStringInfo(json, "%s{\"entry_id\":\"%s\",\"track_id\":\"%s\",\"position\":" INT64_FORMAT "}", i == 0 ? "" : ",",
						 vz_row_uuid_text(row, "id"), vz_row_uuid_text(row, "track_id"),
						 addition->position + vz_row_int8(row, "place"));
	}
	appendStringInfoString(json, "],\"duplicates\":");
	vz_json_append(json, addition->duplicates.value, false, UUIDARRAYOID);
}

/*
 * playlist_add adds one track or several to a playlist that the actor works on.
 *
 * Arguments: the playlist; the track; several; position (NULL: the end);
 * whether what is there already is left out (skip) or added again (allow).
 */
Datum
playlist_add(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *on_duplicate = vz_lower(vz_text_argument(fcinfo, 4));
	VzPlaylistAddition addition;
	VzPlaylistSight sight;
	StringInfoData json;
	VzArg		track_ids;

	track_ids = tracks_argument(fcinfo, wrong);
	if (on_duplicate != NULL && strcmp(on_duplicate, "skip") != 0 && strcmp(on_duplicate, "allow") != 0)
		vz_field_error(wrong, "on_duplicate", "must be skip or allow");
	vz_playlist_lock(fcinfo, 0, VZ_PLAYLIST_EDITOR, &sight);
	vz_raise_if(wrong);
	if (!PG_ARGISNULL(3) && PG_GETARG_INT32(3) < 0)
		vz_playlist_refuse_position(&sight);
	addition = vz_playlist_add(&sight, track_ids, PG_ARGISNULL(3) ? VZ_PLAYLIST_END : PG_GETARG_INT32(3),
							   on_duplicate != NULL && strcmp(on_duplicate, "skip") == 0);
	initStringInfo(&json);
	append_addition(&json, &addition);
	appendStringInfo(&json, ",\"version\":" INT64_FORMAT ",\"track_count\":%d}", sight.version, sight.track_count);
	vz_set_status(201);
	return vz_json_datum(&json);
}
