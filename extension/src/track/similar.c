/*
 * similar.c
 *		Tracks that sound the same: the same file, the same samples, or nearly the
 *		same fingerprint.
 *
 * Fingerprints are compared with the own ones only, and with those of about
 * the same length: that is what an owner wants to know, and bounds the work.
 */
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "fingerprint.h"
#include "visibility.h"

/* Strangers' tracks are named as far as everybody sees them. */
static VzStmt same_sound = VZ_STMT(
	"select t.id, t.title, t.artist, case when o.file_hash = v.file_hash then 'file' else 'sound' end as level,"
	"       t.uploader_id = v.owner_id as is_own"
	"  from veza_data.track own join veza_data.track_version v on v.id = own.current_version_id"
	"  join veza_data.track_version o on o.track_id <> v.track_id and (o.file_hash = v.file_hash or o.pcm_hash = v.pcm_hash)"
	"  join veza_data.track t on t.id = o.track_id and t.current_version_id = o.id"
	" where own.id = $1 and t.deleted_at is null and (t.uploader_id = v.owner_id or " VZ_TRACK_IS_LISTED("t", "$2") ")"
	" order by 4, t.created_at limit 100",
	UUIDOID, UUIDOID);

static VzStmt candidates = VZ_STMT(
	"select t.id, t.title, t.artist, o.fingerprint, v.fingerprint as wanted"
	"  from veza_data.track own join veza_data.track_version v on v.id = own.current_version_id"
	"  join veza_data.track_version o on o.owner_id = v.owner_id and o.track_id <> v.track_id and o.fingerprint is not null"
	"       and o.duration_ms between v.duration_ms * 0.8 - 20000 and v.duration_ms * 1.25 + 20000"
	"       and o.file_hash <> v.file_hash and o.pcm_hash is distinct from v.pcm_hash"
	"  join veza_data.track t on t.id = o.track_id and t.current_version_id = o.id and t.deleted_at is null"
	" where own.id = $1 and v.fingerprint is not null"
	" order by abs(o.duration_ms - v.duration_ms) limit 2000",
	UUIDOID);

VZ_FUNCTION(track_similar);

/* append_similar appends one track; a negative distance is not shown. */
static void
append_similar(StringInfo json, const VzRow *row, const char *level, double distance, bool is_own)
{
	appendStringInfo(json, "%s{\"track_id\":\"%s\",\"title\":", json->len > 1 ? "," : "", vz_row_uuid_text(row, "id"));
	escape_json(json, vz_row_text(row, "title"));
	appendStringInfoString(json, ",\"artist\":");
	escape_json(json, vz_row_text(row, "artist"));
	appendStringInfo(json, ",\"level\":\"%s\",\"distance\":%.3f,\"is_own\":%s}", level, distance, is_own ? "true" : "false");
}

/* distance_of compares the two fingerprints of a row. */
static double
distance_of(const VzRow *row)
{
	bool		isnull;
	ArrayType  *a = DatumGetArrayTypeP(vz_row_datum(row, "wanted", &isnull));
	ArrayType  *b = DatumGetArrayTypeP(vz_row_datum(row, "fingerprint", &isnull));

	if (ARR_NDIM(a) != 1 || ARR_NDIM(b) != 1 || ARR_HASNULL(a) || ARR_HASNULL(b))
		return 1;
	return vz_fingerprint_distance((const int32 *) ARR_DATA_PTR(a), (size_t) ARR_DIMS(a)[0],
								   (const int32 *) ARR_DATA_PTR(b), (size_t) ARR_DIMS(b)[0]);
}

/* track_similar shows which tracks sound like an own one. */
Datum
track_similar(PG_FUNCTION_ARGS)
{
	StringInfoData json;
	VzTrackSight sight;
	VzRows		rows;

	if (!vz_track_see(fcinfo, 0, &sight))
		vz_raise(vz_track_not_found(fcinfo, 0));
	if (!sight.is_whole)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_TRACK_NOT_YOURS), "track_id", &sight.id));
	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	rows = vz_query_rows(&same_sound, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_reader()));
	for (uint64 i = 0; i < rows.n; i++)
		append_similar(&json, &rows.row[i], vz_row_text(&rows.row[i], "level"), 0, vz_row_bool(&rows.row[i], "is_own"));
	rows = vz_query_rows(&candidates, VZ_ARGS(vz_arg_uuid(&sight.id)));
	for (uint64 i = 0; i < rows.n; i++)
	{
		double		distance;

		CHECK_FOR_INTERRUPTS();
		distance = distance_of(&rows.row[i]);
		if (distance < VZ_FINGERPRINT_NEAR)
			append_similar(&json, &rows.row[i], "similar", distance, true);
	}
	appendStringInfoChar(&json, ']');
	return vz_json_datum(&json);
}
