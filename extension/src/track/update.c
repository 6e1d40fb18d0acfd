/*
 * update.c
 *		Editing a track: what is not sent stays as it is; an empty text, or 0,
 *		empties a field. The owner's words win over those of the file from then on.
 */
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/ground/clock.h"
#include "../core/request/condition.h"
#include "../core/request/request.h"
#include "../core/ground/audit.h"
#include "change.h"
#include "fields.h"
#include "visibility.h"

/* A field that may be empty. */
#define EMPTIED(column, argument) column " = case when " argument " is null then " column " else nullif(" argument ", '') end"

/* What is held stays private: what is wanted counts when it is released. */
static VzStmt set_fields = VZ_STMT(
	"update veza_data.track"
	"   set title = coalesce($2, title), artist = coalesce($3, artist), " EMPTIED("album", "$4") ","
	"       " EMPTIED("description", "$5") ", " EMPTIED("genre", "$6") ", tags = coalesce($7, tags),"
	"       visibility = case when held_at is null then coalesce($8, visibility) else visibility end,"
	"       wanted_visibility = case when held_at is not null then coalesce($8, wanted_visibility) end, is_explicit = coalesce($9, is_explicit),"
	"       is_downloadable = coalesce($10, is_downloadable), license = coalesce($11, license),"
	"       bpm = case when $12 is null then bpm else nullif($12, 0) end, " EMPTIED("musical_key", "$13") ","
	"       " EMPTIED("isrc", "$14") ","
	"       edited = (select coalesce(array_agg(distinct e), '{}') from unnest(edited || array["
	"           case when $3 is not null then 'artist' end, case when $4 is not null then 'album' end,"
	"           case when $6 is not null then 'genre' end, case when $12 is not null then 'bpm' end,"
	"           case when $14 is not null then 'isrc' end]) e where e is not null)"
	" where id = $1",
	UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, BOOLOID, BOOLOID, TEXTOID, INT4OID, TEXTOID,
	TEXTOID);

static VzStmt next_revision = VZ_STMT(
	"update veza_data.track set revision = revision + 1, updated_at = $2 where id = $1", UUIDOID, TIMESTAMPTZOID);

static VzStmt shape = VZ_STMT("select * from veza_data.track_owner_shape where id = $1", UUIDOID);

VZ_FUNCTION(track_update);

/* store_fields stores what was given. */
static void
store_fields(const pg_uuid_t *id, const VzTrackFields *f)
{
	vz_execute(&set_fields,
			   VZ_ARGS(vz_arg_uuid(id), vz_arg_text(f->title), vz_arg_text(f->artist), vz_arg_text(f->album),
					   vz_arg_text(f->description), vz_arg_text(f->genre), f->tags, vz_arg_text(f->visibility), f->is_explicit,
					   f->is_downloadable, vz_arg_text(f->license), f->bpm, vz_arg_text(f->musical_key), vz_arg_text(f->isrc)));
}

/*
 * track_update edits a track: its owner's, or an administrator's to do.
 *
 * Arguments: the track, then its fields (see fields.h).
 */
Datum
track_update(PG_FUNCTION_ARGS)
{
	VzAudit		entry = {.action = "track.update", .resource_type = "track"};
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzTrackFields fields;
	VzTrackSight sight;
	VzArg		before;
	Datum		json;

	vz_require_user();
	if (vz_track_fields_read(fcinfo, 1, &fields, wrong) == 0)
		vz_field_error(wrong, "title", "is missing, and so is every other field");
	vz_raise_if(wrong);
	vz_track_lock_own(fcinfo, 0, &sight);
	vz_check_version(&sight.id, sight.revision);
	before = vz_track_snapshot(&sight.id);
	store_fields(&sight.id, &fields);
	if (vz_track_change_diff(&sight.id, before, "updated", false) > 0)
	{
		vz_execute(&next_revision, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_time(vz_now())));
		sight.revision++;
		entry.resource_id = vz_uuid_text(&sight.id);
		vz_audit(&entry);
	}
	vz_set_etag(&sight.id, sight.revision);
	vz_json_row(&shape, VZ_ARGS(vz_arg_uuid(&sight.id)), &json);
	return json;
}
