/*
 * listing.c
 *		When a track or playlist stood in lists for the first time: its place in
 *		feeds. Being taken off and put back does not bring it to their top again.
 */
#include "../core/ground/query.h"

#include "commands/trigger.h"
#include "utils/rel.h"

VZ_FUNCTION(note_listing);

/* column_is says whether a text column of the tuple has the value. */
static bool
column_is(HeapTuple tuple, TupleDesc desc, const char *column, const char *value)
{
	char	   *text = SPI_getvalue(tuple, desc, SPI_fnumber(desc, column));

	return text != NULL && strcmp(text, value) == 0;
}

/* column_is_empty says whether a column of the tuple is NULL. */
static bool
column_is_empty(HeapTuple tuple, TupleDesc desc, const char *column)
{
	return SPI_getvalue(tuple, desc, SPI_fnumber(desc, column)) == NULL;
}

/* is_listed is the generated column of that name, which has no value yet. What has no status is ready. */
static bool
is_listed(HeapTuple tuple, TupleDesc desc)
{
	return column_is(tuple, desc, "visibility", "public") &&
		(SPI_fnumber(desc, "status") == SPI_ERROR_NOATTRIBUTE || column_is(tuple, desc, "status", "ready")) &&
		column_is_empty(tuple, desc, "deleted_at") && column_is_empty(tuple, desc, "taken_down_at");
}

/*
 * note_listing is the BEFORE trigger of tracks and playlists that notes when one
 * is listed for the first time, which is when it was last changed.
 */
Datum
note_listing(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	tuple;
	TupleDesc	desc;
	int			column;
	Datum		value;
	bool		isnull = false;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "note_listing must be called as a trigger");
	tuple = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	desc = RelationGetDescr(trigger->tg_relation);
	if (!column_is_empty(tuple, desc, "listed_at") || !is_listed(tuple, desc))
		return PointerGetDatum(tuple);
	column = SPI_fnumber(desc, "listed_at");
	value = heap_getattr(tuple, SPI_fnumber(desc, "updated_at"), desc, &isnull);
	return PointerGetDatum(heap_modify_tuple_by_cols(tuple, desc, 1, &column, &value, &isnull));
}
