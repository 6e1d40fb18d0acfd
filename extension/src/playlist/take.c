/*
 * take.c
 *		Removing entries from playlists.
 */
#include "../core/ground/json.h"
#include "order.h"

static VzStmt delete_track = VZ_STMT(
	"delete from veza_data.playlist_entry where playlist_id = $1 and track_id = $2 and ($3 is null or id = $3)",
	UUIDOID, UUIDOID, UUIDOID);

static VzStmt delete_entry = VZ_STMT("delete from veza_data.playlist_entry where playlist_id = $1 and id = $2", UUIDOID, UUIDOID);

VZ_FUNCTION(playlist_remove_track);
VZ_FUNCTION(playlist_remove_entry);

/* removal_answer notes that n entries are gone and says so; none was there: refused. */
static Datum
removal_answer(VzPlaylistSight *sight, uint64 n)
{
	StringInfoData json;

	if (n == 0)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_PLAYLIST_ENTRY_NOT_FOUND), "playlist_id", &sight->id));
	vz_order_changed(sight, "removed", (int) n, -(int) n);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"removed\":" UINT64_FORMAT ",\"version\":" INT64_FORMAT ",\"track_count\":%d}", n, sight->version,
					 sight->track_count);
	return vz_json_datum(&json);
}

/* arg_id is an argument that is an id, or NULL. */
static VzArg
arg_id(FunctionCallInfo fcinfo, int argno)
{
	return vz_arg_uuid(PG_ARGISNULL(argno) ? NULL : PG_GETARG_UUID_P(argno));
}

/*
 * playlist_remove_track removes all entries of a track, or one of them.
 *
 * Arguments: the playlist, the track, the entry (NULL: all), the version that was seen (NULL: any).
 */
Datum
playlist_remove_track(PG_FUNCTION_ARGS)
{
	VzPlaylistSight sight;

	vz_playlist_lock(fcinfo, 0, VZ_PLAYLIST_EDITOR, &sight);
	vz_order_check_version(fcinfo, 3, &sight);
	return removal_answer(&sight, vz_execute(&delete_track, VZ_ARGS(vz_arg_uuid(&sight.id), arg_id(fcinfo, 1), arg_id(fcinfo, 2))));
}

/*
 * playlist_remove_entry removes one entry, whose track need not be seen.
 *
 * Arguments: the playlist, the entry, the version that was seen (NULL: any).
 */
Datum
playlist_remove_entry(PG_FUNCTION_ARGS)
{
	VzPlaylistSight sight;

	vz_playlist_lock(fcinfo, 0, VZ_PLAYLIST_EDITOR, &sight);
	vz_order_check_version(fcinfo, 2, &sight);
	return removal_answer(&sight, vz_execute(&delete_entry, VZ_ARGS(vz_arg_uuid(&sight.id), arg_id(fcinfo, 1))));
}
