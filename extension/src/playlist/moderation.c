/*
 * moderation.c
 *		Taking playlists down, and letting them back (see moderation.h).
 */
#include "moderation.h"

#include "../core/ground/audit.h"
#include "../core/ground/clock.h"

static VzStmt take_playlist_down = VZ_STMT(
	"update veza_data.playlist set taken_down_at = $2, taken_down_reason = $3, revision = revision + 1, updated_at = $2 where id = $1",
	UUIDOID, TIMESTAMPTZOID, TEXTOID);

static VzStmt reinstate_playlist = VZ_STMT(
	"update veza_data.playlist set taken_down_at = null, taken_down_reason = null, revision = revision + 1, updated_at = $2"
	" where id = $1",
	UUIDOID, TIMESTAMPTZOID);

/* audit_moderated puts on record what was done to a playlist. */
static void
audit_moderated(const pg_uuid_t *id, const char *action, const char *reason)
{
	VzAudit		entry = {.action = action, .resource_type = "playlist", .resource_id = vz_uuid_text(id), .reason = reason};

	vz_audit(&entry);
}

void
vz_playlist_take_down(const pg_uuid_t *id, const char *reason)
{
	vz_execute(&take_playlist_down, VZ_ARGS(vz_arg_uuid(id), vz_arg_time(vz_now()), vz_arg_text(reason)));
	audit_moderated(id, "playlist.take_down", reason);
}

void
vz_playlist_reinstate(const pg_uuid_t *id, const char *reason)
{
	vz_execute(&reinstate_playlist, VZ_ARGS(vz_arg_uuid(id), vz_arg_time(vz_now())));
	audit_moderated(id, "playlist.reinstate", reason);
}
