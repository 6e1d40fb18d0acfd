/*
 * avatar.c
 *		Pictures of users. The file itself is veza-httpd's business: it is there,
 *		judged by its first bytes, before it is named here.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/request/condition.h"
#include "../core/ground/json.h"
#include "../core/ground/query.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"
#include "../core/ground/response.h"
#include "../file/stored_file.h"
#include "visibility.h"

/* Others' caches keep a picture this long: its owner may hide the profile. Who has seen it once may keep it. */
#define KEPT_BY_ANYBODY "public, max-age=31536000, s-maxage=300, immutable"

#define SIDE_MAX 8192			/* pixels */
#define VERSION_LEN 12			/* digits of the hash in the address; as in set_avatar */

static VzStmt lock_user = VZ_STMT(
	"select revision, avatar_file from veza_data.users where id = $1 for no key update", UUIDOID);

static VzStmt set_avatar = VZ_STMT(
	"update veza_data.users"
	"   set avatar_file = $2, updated_at = $3, revision = revision + 1,"
	"       avatar = case when $2 is not null then '/api/v1/users/' || id || '/avatar?v=' || left($2, 12) end"
	" where id = $1 returning avatar, revision",
	UUIDOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt find_avatar = VZ_STMT(
	"select f.hash, f.type, " VZ_USER_IS_OPEN("u", "false") " as is_public"
	"  from veza_data.users u join veza_data.file f on f.hash = u.avatar_file"
	" where u.id = $1 and " VZ_USER_IS_VISIBLE("u", "$2", "$3"),
	UUIDOID, UUIDOID, BOOLOID);

VZ_FUNCTION(avatar_set);
VZ_FUNCTION(avatar_remove);
VZ_FUNCTION(avatar_get);

/* change_avatar gives the actor this picture, or none; answers with its address. */
static Datum
change_avatar(const VzActor *actor, const char *hash)
{
	VzAudit		entry = {.action = hash ? "user.avatar_set" : "user.avatar_remove", .resource_type = "user"};
	StringInfoData json;
	Datum		address;
	bool		isnull;
	VzRow		row;

	if (!vz_query_row(&lock_user, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &row))
		vz_raise_error(VZ_E_USER_NOT_FOUND);
	vz_check_part(&actor->user_id, vz_row_int8(&row, "revision"), vz_row_text(&row, "avatar_file"));
	if (!vz_query_row(&set_avatar, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_text(hash), vz_arg_time(vz_now())), &row))
		vz_raise_error(VZ_E_USER_NOT_FOUND);
	entry.resource_id = vz_uuid_text(&actor->user_id);
	vz_audit(&entry);
	vz_set_etag(&actor->user_id, vz_row_int8(&row, "revision"));
	address = vz_row_datum(&row, "avatar", &isnull);
	initStringInfo(&json);
	appendStringInfoString(&json, "{\"avatar\":");
	vz_json_append(&json, address, isnull, TEXTOID);
	appendStringInfoString(&json, ",\"avatar_url\":");
	vz_json_append(&json, address, isnull, TEXTOID);
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}

/*
 * avatar_set gives the actor the picture that was uploaded.
 *
 * Arguments: SHA-256 of the file, its size in bytes, its type, width and
 * height in pixels (1 to 8192).
 */
Datum
avatar_set(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	char	   *hash;
	int32		width;
	int32		height;

	VZ_REQUIRE_ARGUMENTS("file_hash", "file_size", "file_type", "image_width", "image_height");
	hash = text_to_cstring(PG_GETARG_TEXT_PP(0));
	width = PG_GETARG_INT32(3);
	height = PG_GETARG_INT32(4);
	if (width < 1 || width > SIDE_MAX || height < 1 || height > SIDE_MAX)
		vz_raise(vz_fact_int(vz_fact_int(vz_fact_int(vz_refusal(VZ_E_IMAGE_TOO_LARGE), "width", width), "height", height),
							 "limit_pixels", SIDE_MAX));
	vz_file_register(&(VzStoredFile) {hash, PG_GETARG_INT64(1), text_to_cstring(PG_GETARG_TEXT_PP(2)), width, height});
	return change_avatar(actor, hash);
}

/* avatar_remove takes the actor's picture away; the file goes when nobody else has it. */
Datum
avatar_remove(PG_FUNCTION_ARGS)
{
	return change_avatar(vz_require_user(), NULL);
}

/*
 * avatar_get names the file of a user's picture, which veza-httpd sends to
 * whoever may see the profile. An address with the version of the present
 * picture may be kept by anybody, when the profile is for everybody; any other
 * is asked for again each time.
 *
 * Arguments: the user; the version (optional).
 */
Datum
avatar_get(PG_FUNCTION_ARGS)
{
	char	   *version = vz_text_argument(fcinfo, 1);
	StringInfoData json;
	VzUserVisibility sight = {0};
	char	   *hash;
	VzRow		row;

	if (!PG_ARGISNULL(0))
		sight = vz_user_visibility(PG_GETARG_UUID_P(0));
	if (PG_ARGISNULL(0) ||
		!vz_query_row(&find_avatar, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0)), vz_arg_viewer(), vz_arg_bool(sight.is_whole)),
					  &row))
		VZ_REFUSE(vz_refusal(VZ_E_AVATAR_NOT_FOUND));
	hash = vz_row_text(&row, "hash");
	vz_set_header("ETag", psprintf("\"%s\"", hash));
	vz_set_header("Cache-Control", !vz_row_bool(&row, "is_public") ? "private, no-cache"
				  : version != NULL && strlen(version) == VERSION_LEN && strncmp(version, hash, VERSION_LEN) == 0
				  ? KEPT_BY_ANYBODY : "public, no-cache");
	initStringInfo(&json);
	appendStringInfo(&json, "{\"file\":\"%s\",\"type\":\"%s\",\"name\":\"avatar\"}", hash, vz_row_text(&row, "type"));
	return vz_json_datum(&json);
}
