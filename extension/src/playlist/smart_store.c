/*
 * smart_store.c
 *		The rules that a smart playlist has (see smart_store.h).
 */
#include "smart_store.h"

#include "../core/ground/clock.h"

static VzStmt find_rules = VZ_STMT("select rules from veza_data.playlist where id = $1", UUIDOID);

static VzStmt set_rules = VZ_STMT(
	"update veza_data.playlist set rules = $2, revision = revision + 1, version = version + 1, updated_at = $3"
	" where id = $1 and rules is distinct from $2",
	UUIDOID, JSONBOID, TIMESTAMPTZOID);

VzSmartQuery *
vz_smart_of(const VzPlaylistSight *sight)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzSmartQuery *query;
	bool		isnull;
	VzRow		row;

	if (!vz_query_row(&find_rules, VZ_ARGS(vz_arg_uuid(&sight->id)), &row))
		elog(ERROR, "a playlist that was seen is not there");
	query = vz_smart_query(vz_row_datum(&row, "rules", &isnull), &sight->id, wrong);
	if (query == NULL)
		elog(ERROR, "the rules of playlist %s were stored, and are wrong", vz_uuid_text(&sight->id));
	return query;
}

bool
vz_smart_store(const pg_uuid_t *id, Datum rules)
{
	return vz_execute(&set_rules, VZ_ARGS(vz_arg_uuid(id), vz_arg_datum(rules, false), vz_arg_time(vz_now()))) > 0;
}

void
vz_smart_copy(const VzPlaylistSight *origin, const pg_uuid_t *copy_id)
{
	bool		isnull;
	VzRow		row;

	if (!origin->is_smart || !vz_query_row(&find_rules, VZ_ARGS(vz_arg_uuid(&origin->id)), &row))
		return;
	vz_smart_store(copy_id, vz_row_datum(&row, "rules", &isnull));
}
