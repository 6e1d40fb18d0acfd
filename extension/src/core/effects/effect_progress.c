/*
 * effect_progress.c
 *		How far an effect is: what a waiting procedure polls.
 */
#include "../ground/clock.h"
#include "../ground/query.h"

static VzStmt progress = VZ_STMT(
	"select e.state in ('done', 'dead') as is_finished,"
	"       (select count(*) from veza_data.effect_attempt a"
	"         where a.effect_id = e.id and a.outcome in ('unknown', 'not_sent'))::int as failed_attempts,"
	"       $2::bigint as wait_ms"
	"  from veza_data.effect e where e.id = $1",
	UUIDOID, INT8OID);

VZ_FUNCTION(effect_progress);

/* effect_progress returns (is_finished, failed_attempts, wait_ms) of an effect. */
Datum
effect_progress(PG_FUNCTION_ARGS)
{
	return vz_return_rows(fcinfo, &progress, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0)),
													 vz_arg_int8(vz_setting_int("effect_wait"))));
}
