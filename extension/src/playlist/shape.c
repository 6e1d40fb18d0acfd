/*
 * shape.c
 *		What a playlist looks like to a reader (see shape.h).
 */
#include "shape.h"

#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../user/user.h"

static VzStmt one_playlist = VZ_STMT(
	"select " VZ_PLAYLIST_COLUMNS("$2", "$3") " from veza_data.playlist_base s" VZ_PLAYLIST_COVERS("$2", "$3") " where s.id = $1",
	UUIDOID, UUIDOID, BOOLOID);

static VzStmt find_revision = VZ_LOOKUP("select revision from veza_data.playlist where id = $1", UUIDOID);

char *
vz_playlist_text(const pg_uuid_t *id)
{
	Datum		json;

	if (!vz_json_row(&one_playlist, VZ_ARGS(vz_arg_uuid(id), vz_arg_viewer(),
											vz_arg_bool(vz_user_actor()->role == VZ_ROLE_ADMIN)), &json))
		elog(ERROR, "a playlist that was seen is not there");
	return TextDatumGetCString(json);
}

Datum
vz_playlist_answer(const pg_uuid_t *id)
{
	VzRow		row;

	if (vz_query_row(&find_revision, VZ_ARGS(vz_arg_uuid(id)), &row))
		vz_set_etag(id, vz_row_int8(&row, "revision"));
	return CStringGetTextDatum(vz_playlist_text(id));
}
