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
#define END_THOSE(condition, limit) \
	"with doomed as materialized (" \
	"  select follower_id, followed_id from veza_data.user_follow where " condition " order by 1, 2 " limit " for update)," \
	" ended as (" \
	"  delete from veza_data.user_follow f using doomed d" \
	"   where (f.follower_id, f.followed_id) = (d.follower_id, d.followed_id) returning f.follower_id, f.followed_id)" \
	COUNT_ROWS("ended", "'lost'", "-1", "$3", "$4")

#define END_TYPES UUIDOID, UUIDOID, TIMESTAMPTZOID, INT4OID

static VzStmt end_between = VZ_STMT(END_THOSE("(follower_id, followed_id) in (($1, $2), ($2, $1))", ""), END_TYPES);

static VzStmt end_own = VZ_STMT(END_THOSE("follower_id = $1 and $2 is null", ""), END_TYPES);

static VzStmt end_some_followers = VZ_STMT(END_THOSE("followed_id = $1 and $2 is null", "limit 5000"), END_TYPES);

static VzStmt note_ending = VZ_STMT(
	"insert into veza_data.follow_ending (user_id) select $1 where exists (select from veza_data.user_follow where followed_id = $1)"
	" on conflict do nothing",
	UUIDOID);

static VzStmt find_ending = VZ_STMT_NO_ARGS("select user_id from veza_data.follow_ending limit 1 for update skip locked");

static VzStmt forget_ending = VZ_STMT("delete from veza_data.follow_ending where user_id = $1", UUIDOID);

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

/* end_those ends what a statement finds; returns how many rows were counted. */
static uint64
end_those(VzStmt *stmt, const pg_uuid_t *user_id, const pg_uuid_t *other_id)
{
	return vz_execute(stmt, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_uuid(other_id), vz_arg_time(vz_now()), own_slot()));
}

void
vz_follows_end_between(const pg_uuid_t *one, const pg_uuid_t *other)
{
	end_those(&end_between, one, other);
}

void
vz_follows_end_account(const pg_uuid_t *user_id)
{
	end_those(&end_own, user_id, NULL);
	vz_execute(&note_ending, VZ_ARGS(vz_arg_uuid(user_id)));
}

int64
vz_job_end_follows(void)
{
	uint64		n;
	VzRow		row;

	if (!vz_query_row(&find_ending, VZ_NO_ARGS, &row))
		return 0;
	n = end_those(&end_some_followers, vz_row_uuid(&row, "user_id"), NULL);
	if (n == 0)
		vz_execute(&forget_ending, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&row, "user_id"))));
	return (int64) n;
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
