/*
 * index_user.c
 *		Users are found by their names, as tracks are by their words.
 *
 * What they are found by is a table of its own: the row of a user is read with
 * every request, and stays small.
 */
#include "../core/ground/query.h"
#include "../track/search_index.h"

#include "catalog/pg_type_d.h"
#include "commands/trigger.h"
#include "utils/rel.h"

static VzStmt keep_words = VZ_STMT(
	"insert into veza_data.user_words as w (user_id, username_key, name_key, search) values ($1, $2, $3, $4)"
	" on conflict (user_id) do update"
	"    set username_key = excluded.username_key, name_key = excluded.name_key, search = excluded.search"
	"  where (w.username_key, w.name_key, w.search) <> (excluded.username_key, excluded.name_key, excluded.search)",
	UUIDOID, TEXTOID, TEXTOID, TSVECTOROID);

VZ_FUNCTION(index_user);

/* index_user is the AFTER trigger of users: what a user is found by follows the names, on every path. */
Datum
index_user(PG_FUNCTION_ARGS)
{
	static const char *const searched[] = {"username", "display_name"};
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	tuple;
	TupleDesc	desc;
	char	   *username;
	char	   *name;
	Datum		id;
	Datum		words;
	bool		isnull;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "index_user must be called as a trigger");
	tuple = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	desc = RelationGetDescr(trigger->tg_relation);
	id = SPI_getbinval(tuple, desc, SPI_fnumber(desc, "id"), &isnull);
	username = SPI_getvalue(tuple, desc, SPI_fnumber(desc, "username"));
	name = SPI_getvalue(tuple, desc, SPI_fnumber(desc, "display_name"));
	words = vz_search_vector(vz_search_columns(tuple, desc, lengthof(searched), searched));
	vz_execute(&keep_words, VZ_ARGS(vz_arg_datum(id, isnull), vz_arg_text(vz_search_key(username)),
									vz_arg_text(vz_search_key(name ? name : username)), vz_arg_datum(words, false)));
	return PointerGetDatum(NULL);
}
