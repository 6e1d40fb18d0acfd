/*
 * audio.c
 *		The files of a track, which veza-httpd sends: audio to hear, audio to
 *		store, peaks and picture. Whoever may see a track may hear it, and so may
 *		whoever comes with a link or a signed address; to store it is another right.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/request/request.h"
#include "../core/request/signed_address.h"
#include "counter.h"
#include "listener.h"
#include "share_open.h"
#include "visibility.h"

static VzStmt audio_of = VZ_STMT(
	"select v.file_hash as file, v.file_type as type, s.filename as name, v.state = 'ready' as is_audible"
	"  from veza_data.track t join veza_data.track_shape s on s.id = t.id"
	"  left join veza_data.track_version v on v.id = t.current_version_id"
	" where t.id = $1",
	UUIDOID);

static VzStmt waveform_of = VZ_STMT(
	"select f.hash as file, f.type, 'waveform' as name"
	"  from veza_data.track t join veza_data.track_version v on v.id = t.current_version_id"
	"  join veza_data.file f on f.hash = v.waveform_file where t.id = $1",
	UUIDOID);

static VzStmt waveform_json_of = VZ_STMT(
	"select f.hash as file, f.type, 'waveform' as name"
	"  from veza_data.track t join veza_data.track_version v on v.id = t.current_version_id"
	"  join veza_data.file f on f.hash = v.waveform_json_file where t.id = $1",
	UUIDOID);

static VzStmt cover_of = VZ_STMT(
	"select f.hash as file, f.type, 'cover' as name"
	"  from veza_data.track t join veza_data.track_version v on v.id = t.current_version_id"
	"  join veza_data.file f on f.hash = v.cover_file where t.id = $1",
	UUIDOID);

/* Once an hour and listener: a download that is resumed is one. */
static VzStmt note_download = VZ_STMT(
	"insert into veza_data.track_download (track_id, listener, hour, user_id)"
	" values ($1, $2, date_trunc('hour', $3, 'UTC'), $4) on conflict do nothing",
	UUIDOID, BYTEAOID, TIMESTAMPTZOID, UUIDOID);

VZ_FUNCTION(track_stream);
VZ_FUNCTION(track_stream_url);
VZ_FUNCTION(track_download);
VZ_FUNCTION(track_waveform);
VZ_FUNCTION(track_cover);

/* What the caller may do with the audio. */
typedef struct Access
{
	pg_uuid_t	track_id;
	bool		is_public;		/* anybody may hear it */
	bool		may_store;
	VzTrackSight sight;
} Access;

/* may_hear says whether the caller may hear the track of the first argument, by itself or by the link of another one. */
static bool
may_hear(FunctionCallInfo fcinfo, int share_argno, Access *access)
{
	char	   *token = vz_text_argument(fcinfo, share_argno);
	bool		is_seen = vz_track_see(fcinfo, 0, &access->sight);
	VzShareSight share = {.allow_download = false};
	bool		is_shared = !PG_ARGISNULL(0) && token != NULL && vz_share_covers(token, PG_GETARG_UUID_P(0), &share);

	if (!is_seen && !is_shared)
		return false;
	access->track_id = *PG_GETARG_UUID_P(0);
	access->is_public = is_seen && access->sight.is_shown;
	access->may_store = (is_seen && (access->sight.is_whole || access->sight.is_downloadable)) ||
		(is_shared && share.allow_download);
	return true;
}

/* answer_file names a file, which veza-httpd sends. */
static Datum
answer_file(const VzRow *row, bool is_public)
{
	StringInfoData json;

	vz_set_header("ETag", psprintf("\"%s\"", vz_row_text(row, "file")));
	vz_set_header("Cache-Control", is_public ? "public, no-cache" : "private, no-cache");
	initStringInfo(&json);
	appendStringInfo(&json, "{\"file\":\"%s\",\"type\":", vz_row_text(row, "file"));
	escape_json(&json, vz_row_text(row, "type"));
	appendStringInfoString(&json, ",\"name\":");
	escape_json(&json, vz_row_text(row, "name"));
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}

/* answer_part names a file that was made of the audio. */
static Datum
answer_part(FunctionCallInfo fcinfo, VzStmt *part)
{
	Access		access;
	VzRow		row;

	if (!may_hear(fcinfo, 1, &access))
		VZ_REFUSE(vz_track_not_found(fcinfo, 0));
	if (!vz_query_row(part, VZ_ARGS(vz_arg_uuid(&access.track_id)), &row))
		VZ_REFUSE(vz_fact_uuid(vz_refusal(VZ_E_TRACK_PART_NOT_FOUND), "track_id", &access.track_id));
	return answer_file(&row, access.is_public);
}

/* find_audio finds the audio that is played; NULL when it can be, else the refusal. */
static VzRefusal *
find_audio(const pg_uuid_t *track_id, VzRow *row)
{
	if (vz_query_row(&audio_of, VZ_ARGS(vz_arg_uuid(track_id)), row) && vz_row_bool(row, "is_audible"))
		return NULL;
	return vz_fact_uuid(vz_refusal(VZ_E_TRACK_PROCESSING), "track_id", track_id);
}

/*
 * track_stream names the file to hear.
 *
 * Arguments: the track; token of a link (optional).
 */
Datum
track_stream(PG_FUNCTION_ARGS)
{
	VzRefusal  *refusal;
	Access		access;
	VzRow		row;

	if (!may_hear(fcinfo, 1, &access))
		VZ_REFUSE(vz_track_not_found(fcinfo, 0));
	refusal = find_audio(&access.track_id, &row);
	if (refusal != NULL)
		VZ_REFUSE(refusal);
	return answer_file(&row, access.is_public);
}

/*
 * track_stream_url answers an address of the audio for a player that sends no
 * token; it speaks for the caller, for this track alone, for a while.
 */
Datum
track_stream_url(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;
	Datum		json;

	if (!vz_track_see(fcinfo, 0, &sight))
		VZ_REFUSE(vz_track_not_found(fcinfo, 0));
	if (!sight.is_ready)
		VZ_REFUSE(vz_fact_uuid(vz_refusal(VZ_E_TRACK_PROCESSING), "track_id", &sight.id));
	if (!vz_signed_address("stream_url", psprintf("/api/v1/tracks/%s/stream", vz_uuid_text(&sight.id)), &json))
		VZ_REFUSE(vz_refusal(VZ_E_AUTH_REQUIRED));
	return json;
}

/* count_download counts a download by others than the owner. */
static void
count_download(const Access *access)
{
	const VzActor *actor = vz_actor();

	if (!access->sight.is_owner &&
		vz_execute(&note_download,
				   VZ_ARGS(vz_arg_uuid(&access->track_id), vz_listener_digest(&access->track_id), vz_arg_time(vz_now()),
						   vz_arg_uuid(actor->role == VZ_ROLE_NONE ? NULL : &actor->user_id))) > 0)
		vz_track_count(&access->track_id, "download", vz_now(), "", 1);
}

/*
 * track_download names the file to store, and counts it.
 *
 * Arguments: the track; token of a link (optional).
 */
Datum
track_download(PG_FUNCTION_ARGS)
{
	VzRefusal  *refusal;
	Access		access;
	VzRow		row;

	if (!may_hear(fcinfo, 1, &access))
		vz_raise(vz_track_not_found(fcinfo, 0));
	if (!access.may_store)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_TRACK_NOT_DOWNLOADABLE), "track_id", &access.track_id));
	refusal = find_audio(&access.track_id, &row);
	if (refusal != NULL)
		vz_raise(refusal);
	count_download(&access);
	return answer_file(&row, access.is_public);
}

/* track_waveform names the file with the peaks; arguments as those of track_stream, and its format: dat (NULL) or json. */
Datum
track_waveform(PG_FUNCTION_ARGS)
{
	char	   *format = vz_lower(vz_text_argument(fcinfo, 2));
	bool		is_json = format != NULL && strcmp(format, "json") == 0;

	if (format != NULL && !is_json && strcmp(format, "dat") != 0)
		VZ_REFUSE(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "format", "must be dat or json"));
	return answer_part(fcinfo, is_json ? &waveform_json_of : &waveform_of);
}

/* track_cover names the picture; arguments as those of track_stream. */
Datum
track_cover(PG_FUNCTION_ARGS)
{
	return answer_part(fcinfo, &cover_of);
}
