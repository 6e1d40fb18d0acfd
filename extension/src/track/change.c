/*
 * change.c
 *		The history of a track (see change.h), and reading it.
 *
 * Whoever may see a track sees its history, less what only its owner is told.
 */
#include "change.h"

#include "../core/ground/actor.h"
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/refusal.h"
#include "key_page.h"
#include "visibility.h"

static VzStmt insert_change = VZ_STMT(
	"insert into veza_data.track_change (track_id, at, actor_id, actor_kind, action, field, old_value, new_value, request_id)"
	" values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	UUIDOID, TIMESTAMPTZOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, JSONBOID, TEXTOID);

/* What has a history, as a JSON object. */
#define FIELDS_OF(id) \
	"(select to_jsonb(f) from (select title, artist, album, description, genre, tags, coalesce(wanted_visibility, visibility) as visibility," \
	"                                 is_explicit, is_downloadable," \
	"                                 license, bpm, musical_key as key, isrc" \
	"                            from veza_data.track where id = " id ") f)"

static VzStmt read_fields = VZ_STMT("select " FIELDS_OF("$1") " as fields", UUIDOID);

static VzStmt insert_differences = VZ_STMT(
	"insert into veza_data.track_change (track_id, at, actor_id, actor_kind, action, field, old_value, new_value, request_id)"
	" select $1, $3, $4, $5, $6, o.key, nullif(o.value, 'null'), nullif(n.value, 'null'), $7"
	"   from jsonb_each($2) with ordinality o(key, value, place) join jsonb_each(" FIELDS_OF("$1") ") n on n.key = o.key"
	"  where o.value <> n.value order by o.place",
	UUIDOID, JSONBOID, TIMESTAMPTZOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID);

/* Newest first. Others are not told what was hidden, nor what administrators did. */
#define HISTORY_FROM \
	"  from veza_data.track_change_shape where track_id = $5" \
	"   and ($6 or (action in ('created', 'updated', 'tagged', 'version_current')" \
	"               and coalesce(field, '') not in ('visibility', 'isrc')))"

static VzStmt history_page = VZ_STMT_SEARCH(
	"select *, id::text as sort_key" HISTORY_FROM " and ($1 is null or id < $1::bigint) order by id desc limit $3 offset $4",
	TEXTOID, TEXTOID, INT4OID, INT4OID, UUIDOID, BOOLOID);

VZ_FUNCTION(track_history);

/* Who acts, for the history. */
typedef struct Doer
{
	const pg_uuid_t *id;
	const char *kind;
} Doer;

/* doer_now is who acts now; nobody when no person does. */
static Doer
doer_now(bool is_system)
{
	const VzActor *actor = vz_actor();

	if (is_system || actor->role == VZ_ROLE_NONE)
		return (Doer) {NULL, "system"};
	return (Doer) {&actor->user_id, actor->is_dba ? "dba" : "user"};
}

void
vz_track_change_note(const pg_uuid_t *track_id, const char *action, const char *field, const char *old_value,
					 const char *new_value, bool is_system)
{
	Doer		doer = doer_now(is_system);

	vz_execute(&insert_change,
			   VZ_ARGS(vz_arg_uuid(track_id), vz_arg_time(vz_now()), vz_arg_uuid(doer.id), vz_arg_text(doer.kind),
					   vz_arg_text(action), vz_arg_text(field), vz_arg_jsonb(old_value), vz_arg_jsonb(new_value),
					   vz_arg_text(vz_request_id())));
}

VzArg
vz_track_snapshot(const pg_uuid_t *track_id)
{
	bool		isnull;
	VzRow		row;
	Datum		fields;

	vz_query_row(&read_fields, VZ_ARGS(vz_arg_uuid(track_id)), &row);
	fields = vz_row_datum(&row, "fields", &isnull);
	return vz_arg_datum(fields, isnull);
}

uint64
vz_track_change_diff(const pg_uuid_t *track_id, VzArg before, const char *action, bool is_system)
{
	Doer		doer = doer_now(is_system);

	return vz_execute(&insert_differences,
					  VZ_ARGS(vz_arg_uuid(track_id), before, vz_arg_time(vz_now()), vz_arg_uuid(doer.id),
							  vz_arg_text(doer.kind), vz_arg_text(action), vz_arg_text(vz_request_id())));
}

/*
 * track_history shows what was changed of a track, newest first.
 *
 * Arguments: the track, page, limit, cursor.
 */
Datum
track_history(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzKeyPage	page;
	VzTrackSight sight;

	if (!vz_track_see(fcinfo, 0, &sight))
		VZ_REFUSE(vz_track_not_found(fcinfo, 0));
	vz_key_page_read(fcinfo, 1, 0, VZ_CURSOR_SERIAL, &page, wrong);
	VZ_REFUSE_IF(wrong);
	return vz_key_page_answer(&page, &(VzKeyRows) {.all = &history_page},
							  VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_bool(sight.is_whole)));
}
