/*
 * tagging.c
 *		What a file's tags say (see tagging.h).
 */
#include "tagging.h"

#include "change.h"

/* The owner's own words win, also those that emptied a field. */
#define TAGGED(column, value) \
	column " = case when '" column "' = any (edited) then " column " else coalesce(" value ", " column ") end"

static VzStmt take_over = VZ_STMT(
	"update veza_data.track set " TAGGED("artist", "$2") ", " TAGGED("album", "$3") ", " TAGGED("genre", "$4") ", "
	TAGGED("isrc", "$5") ", " TAGGED("bpm", "$6") " where id = $1",
	UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID);

void
vz_track_apply_tags(const pg_uuid_t *track_id, const VzAnalysis *a)
{
	VzArg		before = vz_track_snapshot(track_id);

	vz_execute(&take_over,
			   VZ_ARGS(vz_arg_uuid(track_id), vz_arg_text(a->artist), vz_arg_text(a->album), vz_arg_text(a->genre),
					   vz_arg_text(a->isrc), a->bpm == VZ_UNKNOWN ? vz_arg_null() : vz_arg_int4((int32) a->bpm)));
	vz_track_change_diff(track_id, before, "tagged", true);
}
