/*
 * index.c
 *		Playlists are found by their words, as tracks are.
 */
#include "../track/search_index.h"

#include "commands/trigger.h"
#include "utils/rel.h"

VZ_FUNCTION(index_playlist);

/*
 * index_playlist is the BEFORE trigger of playlists: what a playlist is found
 * and sorted by follows its words, on every path.
 */
Datum
index_playlist(PG_FUNCTION_ARGS)
{
	static const char *const searched[] = {"name", "description"};
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	tuple;
	TupleDesc	desc;
	int			columns[2];
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "index_playlist must be called as a trigger");
	tuple = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	desc = RelationGetDescr(trigger->tg_relation);
	columns[0] = SPI_fnumber(desc, "name_key");
	values[0] = CStringGetTextDatum(vz_search_key(vz_search_columns(tuple, desc, 1, searched)));
	columns[1] = SPI_fnumber(desc, "search");
	values[1] = vz_search_vector(vz_search_columns(tuple, desc, lengthof(searched), searched));
	return PointerGetDatum(heap_modify_tuple_by_cols(tuple, desc, 2, columns, values, nulls));
}
