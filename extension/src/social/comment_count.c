/*
 * comment_count.c
 *		Counting likes and replies of comments (see comment_count.h).
 */
#include "comment_count.h"

#define SLOTS 64

static VzStmt add = VZ_STMT(
	"insert into veza_data.comment_counter as c (comment_id, kind, slot, n) values ($1, $2, $3, $4)"
	" on conflict (comment_id, kind, slot) do update set n = c.n + excluded.n",
	UUIDOID, TEXTOID, INT4OID, INT8OID);

static VzStmt likes_now = VZ_STMT(
	"select like_count + coalesce((select sum(n) from veza_data.comment_counter x where x.comment_id = c.id and x.kind = 'like'), 0)::bigint as n"
	"  from veza_data.comment c where id = $1",
	UUIDOID);

/*
 * Rows that somebody holds stay for the next turn: who answers a comment holds
 * its row and then counts, and would wait for this while this waits for the row.
 */
static VzStmt fold = VZ_STMT_NO_ARGS(
	"with held as ("
	"  select c.id from veza_data.comment c"
	"   where c.id in (select x.comment_id from veza_data.comment_counter x limit 2000) for no key update skip locked),"
	" taken as ("
	"  select x.comment_id, x.kind, x.slot from veza_data.comment_counter x"
	"   where x.comment_id in (select id from held) for update skip locked),"
	" gone as ("
	"  delete from veza_data.comment_counter x using taken t"
	"   where (x.comment_id, x.kind, x.slot) = (t.comment_id, t.kind, t.slot)"
	"  returning x.comment_id, x.kind, x.n),"
	" whole as ("
	"  update veza_data.comment c set like_count = c.like_count + g.likes, reply_count = c.reply_count + g.replies"
	"    from (select comment_id, coalesce(sum(n) filter (where kind = 'like'), 0) as likes,"
	"                 coalesce(sum(n) filter (where kind = 'reply'), 0) as replies from gone group by 1) g"
	"   where c.id = g.comment_id returning c.id)"
	" select count(*) as n from whole");

void
vz_comment_count(const pg_uuid_t *comment_id, const char *kind, int64 n)
{
	vz_execute(&add, VZ_ARGS(vz_arg_uuid(comment_id), vz_arg_text(kind), vz_arg_int4(MyProcPid % SLOTS), vz_arg_int8(n)));
}

int64
vz_comment_likes(const pg_uuid_t *comment_id)
{
	VzRow		row;

	return vz_query_row(&likes_now, VZ_ARGS(vz_arg_uuid(comment_id)), &row) ? vz_row_int8(&row, "n") : 0;
}

int64
vz_job_fold_comment_counters(void)
{
	VzRow		row;

	vz_query_row(&fold, VZ_NO_ARGS, &row);
	return vz_row_int8(&row, "n");
}
