/*
 * create.c
 *		New tracks. The file is in its place, judged by its content, when a
 *		function here is called; a DBA may register one that is there already.
 */
#include "../auth/account_lock.h"
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/request/request.h"
#include "../file/stored_file.h"
#include "admission.h"
#include "change.h"
#include "fields.h"
#include "upload.h"
#include "version.h"

#define FIRST_FIELD 3			/* behind file_hash, file_size and file_type */

/* Who says nothing about visibility gets what the account's settings say; followers are not known here. */
static VzStmt insert_track = VZ_STMT(
	"insert into veza_data.track"
	"  (uploader_id, title, artist, album, description, genre, tags, visibility, is_explicit, is_downloadable, license, bpm,"
	"   musical_key, isrc, edited, created_at, updated_at)"
	" select u.id, $2, coalesce($3, left(coalesce(u.display_name, u.username), 100)), nullif($4, ''), nullif($5, ''),"
	"        nullif($6, ''), coalesce($7, '{}'),"
	"        coalesce($8, case when u.preferences #>> '{privacy,track_visibility}' in ('private', 'followers') then 'private'"
	"                          else 'public' end),"
	"        coalesce($9, false), coalesce($10, false), coalesce($11, 'All Rights Reserved'), nullif($12, 0), nullif($13, ''),"
	"        nullif($14, ''),"
	"        array_remove(array['title', case when $3 is not null then 'artist' end, case when $4 <> '' then 'album' end,"
	"                           case when $6 <> '' then 'genre' end, case when $12 > 0 then 'bpm' end,"
	"                           case when $14 <> '' then 'isrc' end], null), $15, $15"
	"  from veza_data.users u where u.id = $1 returning id",
	UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, BOOLOID, BOOLOID, TEXTOID, INT4OID, TEXTOID,
	TEXTOID, TIMESTAMPTZOID);

static VzStmt shape = VZ_STMT("select * from veza_data.track_owner_shape where id = $1", UUIDOID);

VZ_FUNCTION(track_create);

/* insert_with makes the track's row; returns its id. */
static pg_uuid_t *
insert_with(const pg_uuid_t *owner_id, const VzTrackFields *f)
{
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
	VzRow		row;

	if (!vz_query_row(&insert_track,
					  VZ_ARGS(vz_arg_uuid(owner_id), vz_arg_text(f->title), vz_arg_text(f->artist), vz_arg_text(f->album),
							  vz_arg_text(f->description), vz_arg_text(f->genre), f->tags, vz_arg_text(f->visibility),
							  f->is_explicit, f->is_downloadable, vz_arg_text(f->license), f->bpm,
							  vz_arg_text(f->musical_key), vz_arg_text(f->isrc), vz_arg_time(vz_now())), &row))
		vz_raise_error(VZ_E_USER_NOT_FOUND);
	*id = *vz_row_uuid(&row, "id");
	return id;
}

/*
 * track_create makes a track of a file that is in its place.
 *
 * Arguments: hash, size in bytes and type of the file; the fields of a track
 * (see fields.h), of which the title is required; whether the same file may be
 * there twice.
 */
Datum
track_create(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	const VzActor *actor = vz_require_uploader();
	VzStoredFile file = vz_uploaded_file(fcinfo, 0, wrong);
	VzTrackFields fields;
	pg_uuid_t  *id;
	Datum		json;

	vz_track_fields_read(fcinfo, FIRST_FIELD, &fields, wrong);
	if (fields.title == NULL)
		vz_field_error(wrong, "title", "is missing");
	vz_raise_if(wrong);
	vz_admit_upload(actor, &file);
	id = insert_with(&actor->user_id, &fields);
	vz_track_version_add(id, &actor->user_id, &file,
						 !PG_ARGISNULL(FIRST_FIELD + VZ_NTRACK_FIELDS) && PG_GETARG_BOOL(FIRST_FIELD + VZ_NTRACK_FIELDS));
	vz_track_change_note(id, "created", NULL, NULL, NULL, false);
	vz_set_status(201);
	vz_set_header("Location", psprintf("/api/v1/tracks/%s", vz_uuid_text(id)));
	vz_set_etag(id, 1);
	if (!vz_json_row(&shape, VZ_ARGS(vz_arg_uuid(id)), &json))
		elog(ERROR, "a track that was made is not there");
	return json;
}
