/*
 * stats.c
 *		Statistics of a track, by day and in total: the sums by day, and what was
 *		counted since they were made.
 */
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "visibility.h"

#define DAYS_DEFAULT 30
#define DAYS_MAX 366

/* $2 is today (UTC), $3 the first day shown, $4 whether the caller is told what only the owner is. */
static VzStmt read_stats = VZ_STMT(
	"with counted as ("
	"  select day, kind, source, n from veza_data.track_day where track_id = $1"
	"  union all select day, kind, source, n from veza_data.track_counter where track_id = $1),"
	" by_day as ("
	"  select day, coalesce(sum(n) filter (where kind = 'play'), 0)::bigint as plays,"
	"         coalesce(sum(n) filter (where kind = 'like'), 0)::bigint as likes,"
	"         coalesce(sum(n) filter (where kind = 'download'), 0)::bigint as downloads,"
	"         coalesce(sum(n) filter (where kind = 'share'), 0)::bigint as shares,"
	"         coalesce(sum(n) filter (where kind = 'comment'), 0)::bigint as comments"
	"    from counted where day >= $3 group by day)"
	" select $1 as track_id,"
	"        coalesce(sum(n) filter (where kind = 'play'), 0)::bigint as plays,"
	"        case when $4 then coalesce(sum(n) filter (where kind = 'own_play'), 0)::bigint end as own_plays,"
	"        coalesce(sum(n) filter (where kind = 'like'), 0)::bigint as likes,"
	"        coalesce(sum(n) filter (where kind = 'download'), 0)::bigint as downloads,"
	"        coalesce(sum(n) filter (where kind = 'share'), 0)::bigint as shares,"
	"        coalesce(sum(n) filter (where kind = 'comment'), 0)::bigint as comments,"
	"        (select count(distinct listener) from veza_data.track_play where track_id = $1 and is_counted and not is_own) as unique_listeners,"
	"        coalesce(sum(n) filter (where kind = 'play' and day = $2), 0)::bigint as plays_today,"
	"        coalesce(sum(n) filter (where kind = 'play' and day > $2 - 7), 0)::bigint as plays_this_week,"
	"        coalesce(sum(n) filter (where kind = 'play' and day > $2 - 30), 0)::bigint as plays_this_month,"
	"        case when $4 then (select coalesce(jsonb_object_agg(source, n), '{}') from"
	"            (select source, sum(n) as n from counted where kind = 'play' group by source) s) end as by_source,"
	"        case when $4 then (select coalesce(jsonb_agg(to_jsonb(d) order by d.day), '[]') from by_day d) end as days"
	"   from counted",
	UUIDOID, DATEOID, DATEOID, BOOLOID);

static VzStmt read_dates = VZ_STMT(
	"select ($1 at time zone 'UTC')::date as today, ($1 at time zone 'UTC')::date - $2 + 1 as first", TIMESTAMPTZOID, INT4OID);

VZ_FUNCTION(track_stats);

/*
 * track_stats shows the statistics of a track.
 *
 * Arguments: the track; days to show one by one (1 to 366).
 */
Datum
track_stats(PG_FUNCTION_ARGS)
{
	int32		days = PG_ARGISNULL(1) ? DAYS_DEFAULT : PG_GETARG_INT32(1);
	VzTrackSight sight;
	bool		isnull;
	Datum		json;
	VzRow		dates;

	if (days < 1 || days > DAYS_MAX)
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "days", psprintf("must be a number from 1 to %d", DAYS_MAX)));
	if (!vz_track_see(fcinfo, 0, &sight))
		vz_raise(vz_track_not_found(fcinfo, 0));
	vz_query_row(&read_dates, VZ_ARGS(vz_arg_time(vz_now()), vz_arg_int4(days)), &dates);
	vz_json_row(&read_stats,
				VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_datum(vz_row_datum(&dates, "today", &isnull), false),
						vz_arg_datum(vz_row_datum(&dates, "first", &isnull), false), vz_arg_bool(sight.is_whole)), &json);
	return json;
}
