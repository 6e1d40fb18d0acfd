/*
 * follow_count.c
 *		Counting follows (see follow_count.h).
 *
 * Whatever counts several users adds to their slots in the order of the users,
 * so that two of them never wait for each other.
 */
#include "follow_count.h"

#include "../core/ground/clock.h"

#define SLOTS 64

/* The rows of an earlier statement, each as what it is for the follower and for the followed; $n are factor, day and slot. */
#define COUNT_ROWS(rows, kind, factor, at, slot) \
	" insert into veza_data.follow_counter as c (user_id, kind, day, slot, n)" \
	" select user_id, kind, (" at " at time zone 'UTC')::date, " slot ", sum(n)" \
	"   from (select followed_id as user_id, " kind " as kind, 1 as n from " rows \
	"         union all select follower_id, 'following', " factor " from " rows ") f" \
	"  group by user_id, kind order by user_id, kind" \
	" on conflict (user_id, kind, day, slot) do update set n = c.n + excluded.n"

static VzStmt count_begun = VZ_STMT(
	"with begun as (select $1 as follower_id, $2 as followed_id)" COUNT_ROWS("begun", "'gained'", "1", "$3", "$4"),
	UUIDOID, UUIDOID, TIMESTAMPTZOID, INT4OID);

static VzStmt end_one = VZ_STMT(
	"with ended as (delete from veza_data.user_follow where follower_id = $1 and followed_id = $2 returning follower_id, followed_id)"
	COUNT_ROWS("ended", "'lost'", "-1", "$3", "$4"),
	UUIDOID, UUIDOID, TIMESTAMPTZOID, INT4OID);

/* Locked in one order, too: two accounts that follow each other may end at once. */
#define END_THOSE(condition) \
	"with doomed as materialized (" \
	"  select follower_id, followed_id from veza_data.user_follow where " condition " order by 1, 2 for update)," \
	" ended as (" \
	"  delete from veza_data.user_follow f using doomed d" \
	"   where (f.follower_id, f.followed_id) = (d.follower_id, d.followed_id) returning f.follower_id, f.followed_id)" \
	COUNT_ROWS("ended", "'lost'", "-1", "$3", "$4")

static VzStmt end_all = VZ_STMT(END_THOSE("$1 in (follower_id, followed_id) and $2 is null"), UUIDOID, UUIDOID, TIMESTAMPTZOID, INT4OID);

static VzStmt end_between = VZ_STMT(
	END_THOSE("(follower_id, followed_id) in (($1, $2), ($2, $1))"), UUIDOID, UUIDOID, TIMESTAMPTZOID, INT4OID);

static VzStmt followers_of = VZ_STMT("select " VZ_FOLLOWERS_OF("$1") " as n", UUIDOID);

static VzStmt following_of = VZ_STMT("select " VZ_FOLLOWING_OF("$1") " as n", UUIDOID);

/* Whoever counts meanwhile makes the row anew; rows that are being counted in stay for the next turn. */
static VzStmt fold_slots = VZ_STMT_NO_ARGS(
	"with taken as ("
	"  select user_id, kind, day, slot from veza_data.follow_counter limit 5000 for update skip locked),"
	" gone as ("
	"  delete from veza_data.follow_counter c using taken t"
	"   where (c.user_id, c.kind, c.day, c.slot) = (t.user_id, t.kind, t.day, t.slot)"
	"  returning c.user_id, c.kind, c.day, c.n),"
	" by_day as ("
	"  insert into veza_data.follow_day as d (user_id, day, gained, lost)"
	"  select user_id, day, coalesce(sum(n) filter (where kind = 'gained'), 0), coalesce(sum(n) filter (where kind = 'lost'), 0)"
	"    from gone where kind <> 'following' group by 1, 2 order by 1, 2"
	"  on conflict (user_id, day) do update set gained = d.gained + excluded.gained, lost = d.lost + excluded.lost),"
	" whole as ("
	"  insert into veza_data.follow_count as w (user_id, followers, following)"
	"  select user_id, coalesce(sum(case kind when 'gained' then n when 'lost' then -n end), 0),"
	"         coalesce(sum(n) filter (where kind = 'following'), 0)"
	"    from gone group by 1 order by 1"
	"  on conflict (user_id) do update set followers = w.followers + excluded.followers, following = w.following + excluded.following)"
	" select count(*) as n from gone");

/* own_slot is the slot that this session counts in. */
static VzArg
own_slot(void)
{
	return vz_arg_int4(MyProcPid % SLOTS);
}

void
vz_follow_begun(const pg_uuid_t *follower_id, const pg_uuid_t *followed_id)
{
	vz_execute(&count_begun, VZ_ARGS(vz_arg_uuid(follower_id), vz_arg_uuid(followed_id), vz_arg_time(vz_now()), own_slot()));
}

bool
vz_follow_end(const pg_uuid_t *follower_id, const pg_uuid_t *followed_id)
{
	return vz_execute(&end_one, VZ_ARGS(vz_arg_uuid(follower_id), vz_arg_uuid(followed_id), vz_arg_time(vz_now()), own_slot())) > 0;
}

void
vz_follows_end(const pg_uuid_t *user_id, const pg_uuid_t *other_id)
{
	vz_execute(other_id != NULL ? &end_between : &end_all,
			   VZ_ARGS(vz_arg_uuid(user_id), vz_arg_uuid(other_id), vz_arg_time(vz_now()), own_slot()));
}

/* read_counted reads one of the two numbers. */
static int64
read_counted(VzStmt *stmt, const pg_uuid_t *user_id)
{
	VzRow		row;

	vz_query_row(stmt, VZ_ARGS(vz_arg_uuid(user_id)), &row);
	return vz_row_int8(&row, "n");
}

int64
vz_followers_counted(const pg_uuid_t *user_id)
{
	return read_counted(&followers_of, user_id);
}

int64
vz_following_counted(const pg_uuid_t *user_id)
{
	return read_counted(&following_of, user_id);
}

int64
vz_job_fold_follows(void)
{
	VzRow		row;

	vz_query_row(&fold_slots, VZ_NO_ARGS, &row);
	return vz_row_int8(&row, "n");
}
