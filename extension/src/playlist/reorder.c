/*
 * reorder.c
 *		Changing the order of a playlist: a block moves, or all of it is set.
 */
#include "../core/ground/json.h"
#include "add.h"

/* The order by entries that an order by tracks means; NULL unless each track stands in it once. */
static VzStmt entries_of_tracks = VZ_STMT(
	"select case when count(*) = count(distinct e.track_id) then array_agg(e.id order by x.n) end as entry_ids"
	"  from unnest($2) with ordinality x(track_id, n)"
	"  join veza_data.playlist_entry e on e.playlist_id = $1 and e.track_id = x.track_id",
	UUIDOID, UUIDARRAYOID);

static VzStmt count_named = VZ_STMT(
	"select count(distinct e.id) as n from unnest($2) x(id) join veza_data.playlist_entry e on e.id = x.id and e.playlist_id = $1",
	UUIDOID, UUIDARRAYOID);

VZ_FUNCTION(playlist_reorder);

enum
{
	ARG_VERSION = 1, ARG_START, ARG_LENGTH, ARG_BEFORE, ARG_ENTRIES, ARG_TRACKS
};

/* What is asked for: a move, or an order. */
typedef struct Reorder
{
	bool		is_move;
	VzMove		move;
	bool		by_tracks;
	VzArg		ids;
	int			nids;
} Reorder;

/* read_reorder reads what is asked for, and complains of what is missing or too much. */
static Reorder
read_reorder(FunctionCallInfo fcinfo, VzRefusal *wrong)
{
	Reorder		r = {.is_move = PG_ARGISNULL(ARG_ENTRIES) && PG_ARGISNULL(ARG_TRACKS), .by_tracks = PG_ARGISNULL(ARG_ENTRIES)};

	if (PG_ARGISNULL(ARG_VERSION))
		vz_field_error(wrong, "version", "is missing");
	if (!PG_ARGISNULL(ARG_ENTRIES) && !PG_ARGISNULL(ARG_TRACKS))
		vz_field_error(wrong, "track_ids", "must not be there when entry_ids is");
	if (r.is_move)
	{
		if (PG_ARGISNULL(ARG_START))
			vz_field_error(wrong, "range_start", "is missing");
		if (PG_ARGISNULL(ARG_BEFORE))
			vz_field_error(wrong, "insert_before", "is missing");
	}
	else
		r.ids = vz_ids_argument(fcinfo, r.by_tracks ? ARG_TRACKS : ARG_ENTRIES, r.by_tracks ? "track_ids" : "entry_ids",
								VZ_PLAYLIST_ENTRIES_MAX, &r.nids, wrong);
	vz_raise_if(wrong);
	if (r.is_move)
		r.move = (VzMove)
	{
		PG_GETARG_INT32(ARG_START), PG_ARGISNULL(ARG_LENGTH) ? 1 : PG_GETARG_INT32(ARG_LENGTH), PG_GETARG_INT32(ARG_BEFORE)
	};
	return r;
}

/* order_entries sets the whole order, which must have each entry once. */
static void
order_entries(VzPlaylistSight *sight, const Reorder *r)
{
	VzArg		ids = r->ids;
	bool		is_whole = r->nids == sight->track_count;
	VzRow		row;

	if (is_whole && r->by_tracks)
	{
		vz_query_row(&entries_of_tracks, VZ_ARGS(vz_arg_uuid(&sight->id), ids), &row);
		ids.value = vz_row_datum(&row, "entry_ids", &ids.isnull);
		is_whole = !ids.isnull;
	}
	if (is_whole)
	{
		vz_query_row(&count_named, VZ_ARGS(vz_arg_uuid(&sight->id), ids), &row);
		is_whole = vz_row_int8(&row, "n") == sight->track_count;
	}
	if (!is_whole)
		vz_raise(vz_fact_int(vz_refusal(VZ_E_PLAYLIST_ORDER_INVALID), "track_count", sight->track_count));
	vz_order_set(sight, ids);
	vz_order_changed(sight, "ordered", sight->track_count, 0);
}

/*
 * playlist_reorder moves entries, or sets the order of all of them.
 *
 * Arguments: the playlist; the version that was seen; of a move, where the block
 * begins, how long it is and before what it goes (from 0, as it stands before
 * the move); or all entries, or all tracks, in their new order.
 */
Datum
playlist_reorder(PG_FUNCTION_ARGS)
{
	Reorder		r = read_reorder(fcinfo, vz_refusal(VZ_E_VALIDATION_ERROR));
	VzPlaylistSight sight;
	StringInfoData json;

	vz_playlist_lock(fcinfo, 0, VZ_PLAYLIST_EDITOR, &sight);
	vz_order_check_version(fcinfo, ARG_VERSION, &sight);
	if (!r.is_move)
		order_entries(&sight, &r);
	else if (!vz_move_is_valid(&r.move, sight.track_count))
		vz_playlist_refuse_position(&sight);
	else if (vz_order_move(&sight, &r.move) > 0)
		vz_order_changed(&sight, "moved", r.move.length, 0);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"version\":" INT64_FORMAT ",\"track_count\":%d}", sight.version, sight.track_count);
	return vz_json_datum(&json);
}
