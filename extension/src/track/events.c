/*
 * events.c
 *		Streams of events of a track (see events.h), for its owner and for
 *		administrators; others hear nothing of what is not ready.
 */
#include "events.h"

#include "../core/effects/live_event.h"
#include "../core/ground/refusal.h"
#include "../core/request/signed_address.h"
#include "visibility.h"

#define KIND "status"

#define STATE_OF_VERSION \
	"select jsonb_build_object('version', v.number, 'status', v.state, 'code', v.state_code, 'is_played', v.id = t.current_version_id)::text as state" \
	"  from veza_data.track t join veza_data.track_version v on v.track_id = t.id"

static VzStmt version_state = VZ_STMT(STATE_OF_VERSION " where v.id = $1", UUIDOID);

static VzStmt newest_state = VZ_STMT(STATE_OF_VERSION " where t.id = $1 order by v.number desc limit 1", UUIDOID);

VZ_FUNCTION(track_events);
VZ_FUNCTION(track_events_url);

void
vz_track_tell(const pg_uuid_t *track_id, const pg_uuid_t *version_id)
{
	VzRow		row;

	if (vz_query_row(&version_state, VZ_ARGS(vz_arg_uuid(version_id)), &row))
		vz_live_publish(vz_live_channel("track", track_id), KIND, vz_row_text(&row, "state"));
}

/* see_own looks whether the actor may hear of the track; NULL when so, else the refusal. */
static VzRefusal *
see_own(FunctionCallInfo fcinfo, VzTrackSight *sight)
{
	if (!vz_track_see(fcinfo, 0, sight))
		return vz_track_not_found(fcinfo, 0);
	return sight->is_whole ? NULL : vz_fact_uuid(vz_refusal(VZ_E_TRACK_NOT_YOURS), "track_id", &sight->id);
}

/*
 * track_events opens the stream of what becomes of a track's audio; it begins
 * with the state of the newest version.
 *
 * Arguments: the track; the last event that was seen (optional).
 */
Datum
track_events(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;
	VzRefusal  *refusal = see_own(fcinfo, &sight);
	bool		has_state;
	VzRow		row;

	if (refusal != NULL)
		VZ_REFUSE(refusal);
	has_state = vz_query_row(&newest_state, VZ_ARGS(vz_arg_uuid(&sight.id)), &row);
	return vz_live_answer(vz_live_channel("track", &sight.id), PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1),
						  has_state ? KIND : NULL, has_state ? vz_row_text(&row, "state") : NULL);
}

/* track_events_url answers an address under which EventSource opens that stream. */
Datum
track_events_url(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;
	VzRefusal  *refusal = see_own(fcinfo, &sight);
	Datum		json;

	if (refusal != NULL)
		VZ_REFUSE(refusal);
	if (!vz_signed_address("url", psprintf("/api/v1/tracks/%s/events", vz_uuid_text(&sight.id)), &json))
		VZ_REFUSE(vz_refusal(VZ_E_AUTH_REQUIRED));
	return json;
}
