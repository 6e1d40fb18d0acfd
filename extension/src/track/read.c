/*
 * read.c
 *		Showing one track.
 */
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/ground/response.h"
#include "visibility.h"

static VzStmt public_track = VZ_STMT("select * from veza_data.track_shape where id = $1", UUIDOID);

static VzStmt whole_track = VZ_STMT("select * from veza_data.track_owner_shape where id = $1", UUIDOID);

VZ_FUNCTION(track_get);

/* track_get shows a track: all of it to its owner and to administrators, to others what everybody sees. */
Datum
track_get(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;
	Datum		json;

	if (!vz_track_see(fcinfo, 0, &sight) ||
		!vz_json_row(sight.is_whole ? &whole_track : &public_track, VZ_ARGS(vz_arg_uuid(&sight.id)), &json))
		VZ_REFUSE(vz_track_not_found(fcinfo, 0));
	vz_set_etag(&sight.id, sight.revision);
	return json;
}
