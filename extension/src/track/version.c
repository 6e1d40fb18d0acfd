/*
 * version.c
 *		Versions of tracks (see version.h).
 */
#include "version.h"

#include "../core/ground/clock.h"
#include "../core/ground/refusal.h"
#include "../core/interface.h"
#include "events.h"
#include "track_states.h"

VzStore		vz_track_version_store = {
	.machine = &vz_track_version_machine,
	.update = VZ_STMT("update veza_data.track_version set state = $2, updated_at = $4 where id = $1 and state = $3",
					  UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID)
};

static VzStmt insert_version = VZ_STMT(
	"insert into veza_data.track_version"
	"  (track_id, owner_id, number, file_hash, file_size, file_type, is_original, state, due_at, created_at, updated_at)"
	" select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6, 'received', $7, $7, $7"
	"  from veza_data.track_version where track_id = $1"
	" on conflict (owner_id, file_hash) where is_original do nothing returning id, number",
	UUIDOID, UUIDOID, TEXTOID, INT8OID, TEXTOID, BOOLOID, TIMESTAMPTZOID);

static VzStmt find_duplicate = VZ_STMT(
	"select track_id, id from veza_data.track_version where owner_id = $1 and file_hash = $2 and is_original", UUIDOID, TEXTOID);

static VzStmt play_version = VZ_STMT(
	"update veza_data.track t"
	"   set current_version_id = v.id, status = v.state, duration_ms = v.duration_ms, file_type = v.file_type, revision = revision + 1, updated_at = $3"
	"  from veza_data.track_version v where t.id = $1 and v.id = $2",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt play_first_version = VZ_STMT(
	"update veza_data.track t set current_version_id = v.id, status = v.state, file_type = v.file_type"
	"  from veza_data.track_version v where t.id = $1 and v.id = $2 and t.current_version_id is null",
	UUIDOID, UUIDOID);

static VzStmt follow_version = VZ_STMT(
	"update veza_data.track set status = $3, updated_at = $4 where id = $1 and current_version_id = $2 and status <> $3",
	UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt set_code = VZ_STMT(
	"update veza_data.track_version set state_code = $2, is_original = is_original and $2 is null where id = $1",
	UUIDOID, TEXTOID);

static VzStmt end_lease = VZ_STMT(
	"update veza_data.track_version"
	"   set lease = null, lease_until = null, lease_kind = null, due_at = $2, tries = $3 where id = $1",
	UUIDOID, TIMESTAMPTZOID, INT4OID);

/* refuse_duplicate raises TRACK_DUPLICATE, naming the track that has the file. */
static void
refuse_duplicate(const pg_uuid_t *owner_id, const char *hash)
{
	VzRefusal  *r = vz_refusal(VZ_E_TRACK_DUPLICATE);
	VzRow		row;

	if (vz_query_row(&find_duplicate, VZ_ARGS(vz_arg_uuid(owner_id), vz_arg_text(hash)), &row))
		vz_fact_uuid(vz_fact_uuid(r, "track_id", vz_row_uuid(&row, "track_id")), "version_id", vz_row_uuid(&row, "id"));
	vz_raise(r);
}

pg_uuid_t *
vz_track_version_add(const pg_uuid_t *track_id, const pg_uuid_t *owner_id, const VzStoredFile *file, bool allow_duplicate)
{
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
	VzRow		row;

	vz_file_register(file);
	if (!vz_query_row(&insert_version,
					  VZ_ARGS(vz_arg_uuid(track_id), vz_arg_uuid(owner_id), vz_arg_text(file->hash), vz_arg_int8(file->size),
							  vz_arg_text(file->type), vz_arg_bool(!allow_duplicate), vz_arg_time(vz_now())), &row))
		refuse_duplicate(owner_id, file->hash);
	*id = *vz_row_uuid(&row, "id");
	vz_transition_created(&vz_track_version_store, id, "receive", NULL);
	vz_execute(&play_first_version, VZ_ARGS(vz_arg_uuid(track_id), vz_arg_uuid(id)));
	vz_track_tell(track_id, id);
	vz_track_work_tell();
	return id;
}

const char *
vz_track_version_step(VzTrackVersion *v, const char *event, const char *code, const char *reason, const char *details)
{
	VzTransitionNote note = {.source = "worker", .reason = reason, .details = details};
	const char *before = v->state;

	v->state = pstrdup(vz_transition(&vz_track_version_store, &v->id, v->state, event, &note));
	vz_execute(&set_code, VZ_ARGS(vz_arg_uuid(&v->id), vz_arg_text(code)));
	vz_execute(&follow_version, VZ_ARGS(vz_arg_uuid(&v->track_id), vz_arg_uuid(&v->id), vz_arg_text(v->state),
										vz_arg_time(vz_now())));
	if (strcmp(v->state, before) != 0)
		vz_track_tell(&v->track_id, &v->id);
	return v->state;
}

void
vz_track_version_play(const pg_uuid_t *track_id, const pg_uuid_t *version_id)
{
	vz_execute(&play_version, VZ_ARGS(vz_arg_uuid(track_id), vz_arg_uuid(version_id), vz_arg_time(vz_now())));
}

void
vz_track_work_tell(void)
{
	Async_Notify(VEZA_WORK_CHANNEL, NULL);
}

void
vz_track_version_release(const pg_uuid_t *id, TimestampTz due, int tries)
{
	vz_execute(&end_lease, VZ_ARGS(vz_arg_uuid(id), vz_arg_time(due), vz_arg_int4(tries)));
	if (due != 0 && due <= vz_now())
		vz_track_work_tell();
}
