/*
 * stream_ready.c
 *		The stream server (see stream_ready.h).
 *
 * It reports by POST /internal/tracks/:id/stream-ready, with its own key, as
 * often as it likes and in any order: a version's first "ready" stays.
 */
#include "stream_ready.h"

#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"

#define URL_MAX 2000

static VzStmt order_details = VZ_STMT(
	"select jsonb_build_object('server', rtrim($2, '/'), 'track_id', track_id, 'version', number, 'file', file_hash, 'type', file_type)::text"
	"         as request"
	"  from veza_data.track_version where id = $1",
	UUIDOID, TEXTOID);

/* Without a number the version that is played is meant. */
static VzStmt find_version = VZ_STMT(
	"select v.id, v.number, v.stream_status"
	"  from veza_data.track t join veza_data.track_version v on v.track_id = t.id"
	" where t.id = $1 and case when $2 is null then v.id = t.current_version_id else v.number = $2 end"
	"   and t.purged_at is null"
	"   for no key update of v",
	UUIDOID, INT4OID);

static VzStmt store_report = VZ_STMT(
	"update veza_data.track_version set stream_status = $2, stream_url = $3, stream_details = $4, stream_at = $5 where id = $1",
	UUIDOID, TEXTOID, TEXTOID, JSONBOID, TIMESTAMPTZOID);

static VzStmt details = VZ_STMT(
	"select jsonb_strip_nulls(jsonb_build_object('duration_seconds', $1, 'bitrate', $2, 'qualities', $3, 'error', left($4, 500)))::text as kept",
	INT4OID, INT4OID, TEXTARRAYOID, TEXTOID);

const VzForeignMember vz_stream_facts[] = {VZ_FOREIGN_END};

VZ_FUNCTION(track_stream_ready);

void
vz_stream_order(const VzTrackVersion *v)
{
	const char *server = vz_setting_text("stream_server_url");
	VzRow		row;

	if (server[0] == '\0' || !vz_query_row(&order_details, VZ_ARGS(vz_arg_uuid(&v->id), vz_arg_text(server)), &row))
		return;
	vz_effect_queue(&(VzEffectOrder) {.kind = "stream_prepare", .subject_id = &v->id,
									  .request = vz_row_text(&row, "request"), .reason = "analysed"});
}

void
vz_stream_effect_result(const VzEffectResult *result)
{
}

/* details_of keeps what the stream server said besides. */
static char *
details_of(FunctionCallInfo fcinfo, int argno)
{
	VzRow		row;

	vz_query_row(&details, VZ_ARGS(vz_arg_datum(PG_GETARG_DATUM(argno), PG_ARGISNULL(argno)),
								   vz_arg_datum(PG_GETARG_DATUM(argno + 1), PG_ARGISNULL(argno + 1)),
								   vz_arg_datum(PG_GETARG_DATUM(argno + 2), PG_ARGISNULL(argno + 2)),
								   vz_arg_text(vz_text_argument(fcinfo, argno + 3))), &row);
	return vz_row_text(&row, "kept");
}

/*
 * track_stream_ready takes what the stream server says of a version.
 *
 * Arguments: the track; status (ready or failed); number of the version (NULL:
 * the one that is played); address of the manifest; duration in s, bitrate,
 * qualities, error.
 */
Datum
track_stream_ready(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *status = vz_lower(vz_text_argument(fcinfo, 1));
	char	   *url = vz_text_argument(fcinfo, 3);
	StringInfoData json;
	VzRow		version;

	if (status == NULL || (strcmp(status, "ready") != 0 && strcmp(status, "failed") != 0))
		vz_field_error(wrong, "status", "must be ready or failed");
	/* Done without anything to show for it would be an error that nobody notices. */
	if (status != NULL && strcmp(status, "ready") == 0 &&
		(url == NULL || strlen(url) > URL_MAX || (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)))
		vz_field_error(wrong, "manifest_url", "must be an address of http or https");
	vz_raise_if(wrong);
	if (PG_ARGISNULL(0) ||
		!vz_query_row(&find_version, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0)),
											 vz_arg_datum(PG_GETARG_DATUM(2), PG_ARGISNULL(2))), &version))
		vz_raise(PG_ARGISNULL(2) ? vz_refusal(VZ_E_TRACK_NOT_FOUND) : vz_refusal(VZ_E_TRACK_VERSION_NOT_FOUND));
	/* A failure that comes after success is an old one. */
	if (vz_row_isnull(&version, "stream_status") || strcmp(vz_row_text(&version, "stream_status"), "ready") != 0)
		vz_execute(&store_report,
				   VZ_ARGS(vz_arg_uuid(vz_row_uuid(&version, "id")), vz_arg_text(status), vz_arg_text(url),
						   vz_arg_jsonb(details_of(fcinfo, 4)), vz_arg_time(vz_now())));
	else
		status = "ready";
	initStringInfo(&json);
	appendStringInfo(&json, "{\"track_id\":\"%s\",\"version\":%d,\"status\":\"%s\"}", vz_uuid_text(PG_GETARG_UUID_P(0)),
					 vz_row_int4(&version, "number"), status);
	return vz_json_datum(&json);
}
