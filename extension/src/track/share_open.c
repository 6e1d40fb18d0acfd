/*
 * share_open.c
 *		Opening links (see share_open.h), and what they show.
 *
 * A token that nobody has, and one that was taken back, are answered alike;
 * one that was good until it ended is told so.
 */
#include "share_open.h"

#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/digest.h"
#include "../core/ground/response.h"
#include "../core/ground/secret.h"
#include "../user/visibility.h"
#include "listener.h"

/* A link lives no longer than what it leads to, and leads nobody to who has blocked them. */
#define SHARE_FROM \
	"  from veza_data.track_share s join veza_data.track t on t.id = s.track_id" \
	"  join veza_data.users o on o.id = t.uploader_id" \
	" where s.token_hash = $1 and s.revoked_at is null and t.deleted_at is null and t.taken_down_at is null and t.held_at is null" \
	"   and t.status = 'ready' and o.status = 'active' and not " VZ_USER_BLOCKS("t.uploader_id", "$3")

static VzStmt find_share = VZ_STMT(
	"select s.id, s.track_id, s.allow_download or t.is_downloadable as allow_download, s.max_uses,"
	"       coalesce(s.expires_at <= $2, false) as is_over" SHARE_FROM,
	BYTEAOID, TIMESTAMPTZOID, UUIDOID);

static VzStmt note_use = VZ_STMT(
	"insert into veza_data.track_share_use (share_id, listener, at) values ($1, $2, $3) on conflict do nothing",
	UUIDOID, BYTEAOID, TIMESTAMPTZOID);

static VzStmt count_use = VZ_STMT(
	"update veza_data.track_share set uses = uses + 1 where id = $1 and uses < max_uses", UUIDOID);

static VzStmt has_opened = VZ_STMT(
	"select from veza_data.track_share_use where share_id = $1 and listener = $2", UUIDOID, BYTEAOID);

/* The audio's address takes the token along: a private track has no other way in. */
static VzStmt shared_track = VZ_STMT(
	"select (to_jsonb(s) || jsonb_build_object('stream_url', a.address, 'file_url', a.address))::text as track"
	"  from veza_data.track_shape s, lateral (select '/api/v1/tracks/' || s.id || '/stream?share=' || $2 as address) a"
	" where s.id = $1",
	UUIDOID, TEXTOID);

VZ_FUNCTION(track_shared);

VzArg
vz_share_digest(const char *token)
{
	return vz_arg_sha256(token, strlen(token));
}

/* find_open finds the link of a token, if it leads anywhere. */
static bool
find_open(const char *token, VzRow *row)
{
	return token != NULL && vz_secret_is_well_formed(token) &&
		vz_query_row(&find_share, VZ_ARGS(vz_share_digest(token), vz_arg_time(vz_now()), vz_arg_reader()), row);
}

/* sight_of is what the row of a link opens. */
static VzShareSight
sight_of(const VzRow *row)
{
	return (VzShareSight) {*vz_row_uuid(row, "id"), *vz_row_uuid(row, "track_id"), vz_row_bool(row, "allow_download")};
}

VzRefusal *
vz_share_open(const char *token, VzShareSight *sight)
{
	VzRow		row;

	if (!find_open(token, &row))
		return vz_refusal(VZ_E_SHARE_NOT_FOUND);
	if (vz_row_bool(&row, "is_over"))
		return vz_fact(vz_refusal(VZ_E_SHARE_EXPIRED), "reason", "expired");
	*sight = sight_of(&row);
	if (vz_row_isnull(&row, "max_uses") ||
		vz_execute(&note_use, VZ_ARGS(vz_arg_uuid(&sight->share_id), vz_listener_digest(&sight->share_id),
									  vz_arg_time(vz_now()))) == 0)
		return NULL;
	if (vz_execute(&count_use, VZ_ARGS(vz_arg_uuid(&sight->share_id))) == 0)
		return vz_fact(vz_refusal(VZ_E_SHARE_EXPIRED), "reason", "used_up");
	return NULL;
}

bool
vz_share_covers(const char *token, const pg_uuid_t *track_id, VzShareSight *sight)
{
	VzRow		row;

	if (!find_open(token, &row) || vz_row_bool(&row, "is_over"))
		return false;
	*sight = sight_of(&row);
	return vz_uuid_equal(&sight->track_id, track_id) &&
		(vz_row_isnull(&row, "max_uses") ||
		 vz_query_found(&has_opened, VZ_ARGS(vz_arg_uuid(&sight->share_id), vz_listener_digest(&sight->share_id))));
}

/*
 * track_shared shows the track that a link leads to.
 *
 * Argument: the token.
 */
Datum
track_shared(PG_FUNCTION_ARGS)
{
	char	   *token = vz_text_argument(fcinfo, 0);
	VzShareSight sight;
	VzRefusal  *refusal = vz_share_open(token, &sight);
	VzRow		row;

	if (refusal != NULL)
		vz_raise(refusal);
	vz_set_header("Cache-Control", "private, no-store");
	if (!vz_query_row(&shared_track, VZ_ARGS(vz_arg_uuid(&sight.track_id), vz_arg_text(token)), &row))
		vz_raise_error(VZ_E_SHARE_NOT_FOUND);
	return CStringGetTextDatum(vz_row_text(&row, "track"));
}
