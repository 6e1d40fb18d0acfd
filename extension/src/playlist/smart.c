/*
 * smart.c
 *		Smart playlists: making them, trying rules, and changing them. What reads
 *		their tracks is entries.c, as for any other playlist.
 */
#include "../core/ground/audit.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/request/condition.h"
#include "../core/request/request.h"
#include "create.h"
#include "smart_store.h"

static VzStmt rules_shape = VZ_STMT(
	"select id, rules, revision, updated_at from veza_data.playlist_rules_shape where id = $1", UUIDOID);

VZ_FUNCTION(playlist_smart_create);
VZ_FUNCTION(playlist_smart_preview);
VZ_FUNCTION(playlist_rules);
VZ_FUNCTION(playlist_rules_update);

/* read_rules reads rules that must be there; NULL, and adds to wrong, when they are not, or are wrong. */
static VzSmartQuery *
read_rules(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	if (!PG_ARGISNULL(argno))
		return vz_smart_query(PG_GETARG_DATUM(argno), NULL, wrong);
	vz_field_error(wrong, "rules", "is missing");
	return NULL;
}

/*
 * playlist_smart_create makes a smart playlist.
 *
 * Arguments: name, description, visibility, is_public (see fields.h); the rules.
 */
Datum
playlist_smart_create(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzPlaylistFields fields;
	VzPlaylistSight sight;

	vz_require_user();
	vz_playlist_fields_read(fcinfo, 0, &fields, wrong);
	if (fields.name == NULL)
		vz_field_error(wrong, "name", "is missing");
	read_rules(fcinfo, 4, wrong);
	vz_raise_if(wrong);
	vz_playlist_make(&fields, NULL, &sight);
	vz_smart_store(&sight.id, PG_GETARG_DATUM(4));
	return vz_playlist_made_answer(&sight);
}

/*
 * playlist_smart_preview shows what rules find.
 *
 * Arguments: the rules, page, limit, cursor.
 */
Datum
playlist_smart_preview(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzSmartQuery *query;
	VzKeyPage	page;

	vz_require_user();
	query = read_rules(fcinfo, 0, wrong);
	if (query != NULL)
		vz_smart_page_read(fcinfo, 1, query, &page, wrong);
	vz_raise_if(wrong);
	return vz_smart_entries_answer(query, &page);
}

/* answer_rules shows the rules of a playlist. */
static Datum
answer_rules(const VzPlaylistSight *sight)
{
	VzRow		row;
	StringInfoData json;

	if (!vz_query_row(&rules_shape, VZ_ARGS(vz_arg_uuid(&sight->id)), &row))
		elog(ERROR, "a playlist that was seen is not there");
	vz_set_etag(&sight->id, vz_row_int8(&row, "revision"));
	initStringInfo(&json);
	vz_json_append_row(&json, &row);
	return vz_json_datum(&json);
}

/* not_smart is the refusal for a playlist without rules. */
static VzRefusal *
not_smart(const VzPlaylistSight *sight)
{
	return vz_fact_uuid(vz_refusal(VZ_E_PLAYLIST_NOT_SMART), "playlist_id", &sight->id);
}

/* playlist_rules shows the rules of a smart playlist to those who take part in it. */
Datum
playlist_rules(PG_FUNCTION_ARGS)
{
	VzPlaylistSight sight;

	if (!vz_playlist_see(fcinfo, 0, &sight))
		VZ_REFUSE(vz_playlist_not_found(fcinfo, 0));
	if (!vz_playlist_takes_part(&sight))
		VZ_REFUSE(vz_fact_uuid(vz_refusal(VZ_E_PLAYLIST_NOT_YOURS), "playlist_id", &sight.id));
	if (!sight.is_smart)
		VZ_REFUSE(not_smart(&sight));
	return answer_rules(&sight);
}

/*
 * playlist_rules_update gives a smart playlist other rules: its owner's, or an
 * administrator's to do.
 *
 * Arguments: the playlist; the rules.
 */
Datum
playlist_rules_update(PG_FUNCTION_ARGS)
{
	VzAudit		entry = {.action = "playlist.rules", .resource_type = "playlist"};
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzPlaylistSight sight;

	vz_require_user();
	read_rules(fcinfo, 1, wrong);
	vz_raise_if(wrong);
	vz_playlist_lock(fcinfo, 0, VZ_PLAYLIST_OWNER, &sight);
	if (!sight.is_smart)
		vz_raise(not_smart(&sight));
	vz_check_version(&sight.id, sight.revision);
	if (vz_smart_store(&sight.id, PG_GETARG_DATUM(1)))
	{
		entry.resource_id = vz_uuid_text(&sight.id);
		vz_audit(&entry);
	}
	return answer_rules(&sight);
}
