/*
 * counter.c
 *		Counting (see counter.h).
 *
 * The server numbers its sessions densely, so that as many as there are slots
 * share none; of more, two wait for each other's commit, and for no more.
 */
#include "counter.h"

#include "../core/effects/job.h"
#include "../core/ground/clock.h"
#include "../core/ground/refusal.h"

#define SLOTS 64

static VzStmt add = VZ_STMT(
	"insert into veza_data.track_counter as c (track_id, kind, day, source, slot, n)"
	" values ($1, $2, ($3 at time zone 'UTC')::date, $4, $5, $6)"
	" on conflict (track_id, kind, day, source, slot) do update set n = c.n + excluded.n",
	UUIDOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, INT4OID, INT4OID);

static VzStmt counted = VZ_STMT(
	"select case $2 when 'play' then play_count when 'like' then like_count when 'download' then download_count"
	"               when 'comment' then comment_count else share_count end"
	"       + coalesce((select sum(n) from veza_data.track_counter c where c.track_id = t.id and c.kind = $2), 0)::bigint as n"
	"  from veza_data.track t where id = $1",
	UUIDOID, TEXTOID);

/* Whoever counts meanwhile makes the row anew; rows that are being counted in stay for the next turn. */
static VzStmt fold = VZ_STMT_NO_ARGS(
	"with taken as ("
	"  select track_id, kind, day, source, slot from veza_data.track_counter limit 5000 for update skip locked),"
	" gone as ("
	"  delete from veza_data.track_counter c using taken t"
	"   where (c.track_id, c.kind, c.day, c.source, c.slot) = (t.track_id, t.kind, t.day, t.source, t.slot)"
	"  returning c.track_id, c.kind, c.day, c.source, c.n),"
	" by_day as ("
	"  insert into veza_data.track_day as d (track_id, day, kind, source, n)"
	"  select track_id, day, kind, source, sum(n) from gone group by 1, 2, 3, 4"
	"  on conflict (track_id, day, kind, source) do update set n = d.n + excluded.n),"
	" whole as ("
	"  update veza_data.track t"
	"     set play_count = t.play_count + g.plays, like_count = t.like_count + g.likes,"
	"         download_count = t.download_count + g.downloads, share_count = t.share_count + g.shares,"
	"         comment_count = t.comment_count + g.comments"
	"    from (select track_id, coalesce(sum(n) filter (where kind = 'play'), 0) as plays,"
	"                 coalesce(sum(n) filter (where kind = 'like'), 0) as likes,"
	"                 coalesce(sum(n) filter (where kind = 'download'), 0) as downloads,"
	"                 coalesce(sum(n) filter (where kind = 'share'), 0) as shares,"
	"                 coalesce(sum(n) filter (where kind = 'comment'), 0) as comments from gone group by 1) g"
	"   where t.id = g.track_id)"
	" select count(*) as n from gone");

static VzStmt sweep_plays = VZ_STMT(
	"delete from veza_data.track_play where play_id in (select play_id from veza_data.track_play where at < $1 order by at limit 5000)",
	TIMESTAMPTZOID);

static VzStmt sweep_downloads = VZ_STMT("delete from veza_data.track_download where hour < $1", TIMESTAMPTZOID);

/* slot_of_session is the slot that this session counts in. */
static int
slot_of_session(void)
{
	return VZ_SESSION_NUMBER % SLOTS;
}

void
vz_track_count(const pg_uuid_t *track_id, const char *kind, TimestampTz at, const char *source, int n)
{
	vz_execute(&add, VZ_ARGS(vz_arg_uuid(track_id), vz_arg_text(kind), vz_arg_time(at), vz_arg_text(source),
							 vz_arg_int4(slot_of_session()), vz_arg_int4(n)));
}

int64
vz_track_counted(const pg_uuid_t *track_id, const char *kind)
{
	VzRow		row;

	return vz_query_row(&counted, VZ_ARGS(vz_arg_uuid(track_id), vz_arg_text(kind)), &row) ? vz_row_int8(&row, "n") : 0;
}

int64
vz_job_fold_counters(void)
{
	VzRow		row;

	vz_query_row(&fold, VZ_NO_ARGS, &row);
	return vz_row_int8(&row, "n");
}

int64
vz_job_sweep_plays(void)
{
	return vz_sweep(&sweep_plays, "play_keep") + vz_sweep(&sweep_downloads, "play_keep");
}
