/*
 * error_view.c
 *		The catalogue of errors as rows, for veza.error.
 */
#include "compat.h"
#include "../errors.h"

VZ_FUNCTION(error_catalogue);

/* error_catalogue returns one row per error: code, sqlstate, HTTP status, message, both hints. */
Datum
error_catalogue(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo;

	InitMaterializedSRF(fcinfo, 0);
	rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	for (int i = 0; i < VZ_ERROR_COUNT; i++)
	{
		const VzErrorInfo *e = &vz_error_info[i];
		Datum		values[6] = {CStringGetTextDatum(e->code), CStringGetTextDatum(e->sqlstate),
			Int32GetDatum(e->http_status), CStringGetTextDatum(e->message),
			CStringGetTextDatum(e->hint),
			CStringGetTextDatum(e->psql_hint ? e->psql_hint : e->hint)};
		bool		nulls[6] = {false};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
