/*
 * share.c
 *		Links to tracks. A link is a right of its own: whoever has it hears the
 *		track, also a private one, until it ends, is taken back, or the track goes.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/ground/secret.h"
#include "../core/request/idempotency.h"
#include "../core/request/request.h"
#include "counter.h"
#include "share_open.h"
#include "visibility.h"

#define TTL_MAX_S (366 * INT64CONST(86400))
#define USES_MAX 1000000

static VzStmt insert_share = VZ_STMT(
	"insert into veza_data.track_share (track_id, user_id, token_hash, allow_download, max_uses, expires_at, created_at)"
	" values ($1, $2, $3, $4, $5, $6, $7) returning id",
	UUIDOID, UUIDOID, BYTEAOID, BOOLOID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt renew_token = VZ_STMT(
	"update veza_data.track_share set token_hash = $3 where id = $1 and user_id = $2 and revoked_at is null",
	UUIDOID, UUIDOID, BYTEAOID);

static VzStmt made_share = VZ_STMT(
	"select id, track_id, $2 as token, $3 as share_url, allow_download, permissions, max_uses, uses, expires_at, revoked_at, created_at"
	"  from veza_data.track_share_shape where id = $1",
	UUIDOID, TEXTOID, TEXTOID);

/* A link's maker sees it, and so does the track's owner. */
static VzStmt shares_of = VZ_STMT(
	"select s.* from veza_data.track_share_shape s join veza_data.track_share x on x.id = s.id"
	" where s.track_id = $1 and ($2 or x.user_id = $3) order by s.created_at desc, s.id desc limit 200",
	UUIDOID, BOOLOID, UUIDOID);

static VzStmt revoke_share = VZ_STMT(
	"update veza_data.track_share s set revoked_at = coalesce(revoked_at, $4)"
	" where id = $1 and ($3 or user_id = $2 or exists (select from veza_data.track t where t.id = s.track_id and t.uploader_id = $2))"
	" returning id, track_id",
	UUIDOID, UUIDOID, BOOLOID, TIMESTAMPTZOID);

VZ_FUNCTION(track_share);
VZ_FUNCTION(track_shares);
VZ_FUNCTION(track_share_revoke);

/* What a link is to be. */
typedef struct Wish
{
	TimestampTz expires_at;		/* 0: without end */
	bool		allow_download;
	VzArg		max_uses;
} Wish;

/* read_share_wish reads the arguments behind the track; adds to wrong what is wrong. */
static Wish
read_share_wish(FunctionCallInfo fcinfo, VzRefusal *wrong)
{
	char	   *permissions = vz_lower(vz_text_argument(fcinfo, 3));
	Wish		wish = {.expires_at = PG_ARGISNULL(2) ? 0 : PG_GETARG_TIMESTAMPTZ(2),
		.allow_download = !PG_ARGISNULL(5) && PG_GETARG_BOOL(5),
		.max_uses = vz_arg_datum(PG_GETARG_DATUM(4), PG_ARGISNULL(4))
	};

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		vz_field_error(wrong, "expires_in", "must not be given with expires_at");
	else if (!PG_ARGISNULL(1) && (PG_GETARG_INT64(1) < 1 || PG_GETARG_INT64(1) > TTL_MAX_S))
		vz_field_error(wrong, "expires_in", "must be a number of seconds from 1 to a year");
	else if (!PG_ARGISNULL(1))
		wish.expires_at = vz_time_plus(vz_now(), PG_GETARG_INT64(1));
	else if (!PG_ARGISNULL(2) && (TIMESTAMP_NOT_FINITE(wish.expires_at) || wish.expires_at <= vz_now()))
		vz_field_error(wrong, "expires_at", "must lie in the future");
	if (permissions != NULL && strcmp(permissions, "read") != 0 && strcmp(permissions, "download") != 0)
		vz_field_error(wrong, "permissions", "must be read or download");
	wish.allow_download |= permissions != NULL && strcmp(permissions, "download") == 0;
	if (!PG_ARGISNULL(4) && (PG_GETARG_INT32(4) < 1 || PG_GETARG_INT32(4) > USES_MAX))
		vz_field_error(wrong, "max_uses", psprintf("must be a number from 1 to %d", USES_MAX));
	return wish;
}

/* make_link makes the link, or gives the one that this request made before another token: the first is stored nowhere. */
static pg_uuid_t
make_link(const VzTrackSight *sight, const Wish *wish, const char *token)
{
	VzAudit		entry = {.action = "track.share", .resource_type = "track", .resource_id = vz_uuid_text(&sight->id)};
	const pg_uuid_t *made = vz_idempotency_made();
	VzRow		row;

	if (made != NULL &&
		vz_execute(&renew_token, VZ_ARGS(vz_arg_uuid(made), vz_arg_uuid(&sight->actor_id), vz_share_digest(token))) == 1)
		return *made;
	vz_query_row(&insert_share,
				 VZ_ARGS(vz_arg_uuid(&sight->id), vz_arg_uuid(&sight->actor_id), vz_share_digest(token),
						 vz_arg_bool(wish->allow_download), wish->max_uses, vz_arg_time(wish->expires_at),
						 vz_arg_time(vz_now())), &row);
	vz_idempotency_remember(vz_row_uuid(&row, "id"));
	vz_track_count(&sight->id, "share", vz_now(), "", 1);
	vz_audit(&entry);
	return *vz_row_uuid(&row, "id");
}

/*
 * track_share makes a link to a track: the owner to any of theirs, others to
 * what they see, and to store the file only what they may store themselves.
 *
 * Arguments: the track; lifetime in s, or when it ends (NULL: never);
 * permissions (read or download); listeners at most; whether they may store it.
 */
Datum
track_share(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *token = vz_secret_new();
	VzTrackSight sight;
	pg_uuid_t	id;
	Wish		wish;
	Datum		json;

	vz_require_user();
	wish = read_share_wish(fcinfo, wrong);
	vz_raise_if(wrong);
	if (!vz_track_see(fcinfo, 0, &sight))
		vz_raise(vz_track_not_found(fcinfo, 0));
	if (sight.is_held)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_TRACK_HELD), "track_id", &sight.id));
	if (wish.allow_download && !sight.is_downloadable && !sight.is_whole)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_TRACK_NOT_DOWNLOADABLE), "track_id", &sight.id));
	id = make_link(&sight, &wish, token);
	vz_set_status(201);
	vz_json_row(&made_share, VZ_ARGS(vz_arg_uuid(&id), vz_arg_text(token),
									 vz_arg_text(psprintf("/api/v1/tracks/shared/%s", token))), &json);
	return json;
}

/* track_shares shows the links to a track, newest first: all of them to its owner, to others their own. */
Datum
track_shares(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_actor();
	VzTrackSight sight;

	if (!vz_track_see(fcinfo, 0, &sight))
		VZ_REFUSE(vz_track_not_found(fcinfo, 0));
	return vz_json_rows(&shares_of, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_bool(sight.is_whole),
											vz_arg_uuid(&actor->user_id)), NULL);
}

/* track_share_revoke takes a link back; it is its maker's, the track's owner's and administrators' to do. */
Datum
track_share_revoke(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzAudit		entry = {.action = "track.share_revoke", .resource_type = "track"};
	StringInfoData json;
	VzRow		row;

	if (PG_ARGISNULL(0) ||
		!vz_query_row(&revoke_share, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0)), vz_arg_uuid(&actor->user_id),
									   vz_arg_bool(actor->role == VZ_ROLE_ADMIN), vz_arg_time(vz_now())), &row))
		vz_raise_error(VZ_E_SHARE_NOT_FOUND);
	entry.resource_id = vz_row_uuid_text(&row, "track_id");
	vz_audit(&entry);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"id\":\"%s\",\"revoked\":true}", vz_row_uuid_text(&row, "id"));
	return vz_json_datum(&json);
}
