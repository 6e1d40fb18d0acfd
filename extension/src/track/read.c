/*
 * read.c
 *		Showing one track.
 */
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/ground/response.h"
#include "../core/ground/translation.h"
#include "visibility.h"

static VzStmt public_track = VZ_STMT("select * from veza_data.track_shape where id = $1", UUIDOID);

static VzStmt whole_track = VZ_STMT("select * from veza_data.track_owner_shape where id = $1", UUIDOID);

VZ_FUNCTION(track_get);

/* with_hold adds the member hold: why nobody else sees a track that is held, and what happens next. */
static Datum
with_hold(Datum json)
{
	const VzErrorInfo *held = &vz_error_info[VZ_E_TRACK_HELD];
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, TextDatumGetCString(json));
	/* An object with members ends in a brace. */
	buf.data[--buf.len] = '\0';
	appendStringInfo(&buf, ",\"hold\":{\"code\":\"%s\",\"message\":", held->code);
	escape_json(&buf, vz_translate(held->message));
	appendStringInfoString(&buf, ",\"hint\":");
	escape_json(&buf, vz_translate(held->hint));
	appendStringInfoString(&buf, "}}");
	return vz_json_datum(&buf);
}

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
	return sight.is_whole && sight.is_held ? with_hold(json) : json;
}
