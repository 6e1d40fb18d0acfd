/*
 * own.c
 *		What is somebody's own (see own.h).
 */
#include "own.h"

#include "../ground/json.h"
#include "page.h"
#include "request.h"

Datum
vz_own_get(FunctionCallInfo fcinfo, VzOwn *own)
{
	const VzActor *actor = vz_require_user();
	Datum		json;

	if (PG_ARGISNULL(0) ||
		!vz_json_row(&own->one, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_uuid(PG_GETARG_UUID_P(0))), &json))
		VZ_REFUSE(vz_refusal(own->not_found));
	return json;
}

Datum
vz_own_list(FunctionCallInfo fcinfo, VzOwn *own)
{
	const VzActor *actor = vz_require_user();
	VzPage		page;

	if (!vz_page_read(fcinfo, 0, &page))
		PG_RETURN_NULL();
	return vz_page_answer(&page, &own->page, &own->count, &actor->user_id);
}

void
vz_own_lock(FunctionCallInfo fcinfo, VzStmt *lock, VzError not_found, VzRow *row)
{
	const VzActor *actor = vz_require_user();

	if (PG_ARGISNULL(0) ||
		!vz_query_row(lock, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_uuid(PG_GETARG_UUID_P(0))), row))
		vz_raise_error(not_found);
}
