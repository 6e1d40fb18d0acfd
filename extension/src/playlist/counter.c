/*
 * counter.c
 *		Counting who follows and likes playlists (see counter.h).
 */
#include "counter.h"

#define SLOTS 64

static VzStmt add_to_slot = VZ_STMT(
	"insert into veza_data.playlist_counter as c (playlist_id, kind, slot, n) values ($1, $2, $3, $4)"
	" on conflict (playlist_id, kind, slot) do update set n = c.n + excluded.n",
	UUIDOID, TEXTOID, INT4OID, INT4OID);

static VzStmt playlist_counted = VZ_STMT(
	"select case $2 when 'follow' then follow_count else like_count end"
	"       + coalesce((select sum(n) from veza_data.playlist_counter c where c.playlist_id = p.id and c.kind = $2), 0)::bigint as n"
	"  from veza_data.playlist p where id = $1",
	UUIDOID, TEXTOID);

/* Playlists whose entries are being changed stay for the next turn: nobody waits for them. */
static VzStmt fold_slots = VZ_STMT_NO_ARGS(
	"with free as ("
	"  select p.id from veza_data.playlist p"
	"   where p.id in (select playlist_id from veza_data.playlist_counter limit 5000) for no key update skip locked),"
	" taken as ("
	"  select c.playlist_id, c.kind, c.slot from veza_data.playlist_counter c join free f on f.id = c.playlist_id"
	"   for update of c skip locked),"
	" gone as ("
	"  delete from veza_data.playlist_counter c using taken t"
	"   where (c.playlist_id, c.kind, c.slot) = (t.playlist_id, t.kind, t.slot) returning c.playlist_id, c.kind, c.n),"
	" whole as ("
	"  update veza_data.playlist p set follow_count = p.follow_count + g.follows, like_count = p.like_count + g.likes"
	"    from (select playlist_id, coalesce(sum(n) filter (where kind = 'follow'), 0) as follows,"
	"                 coalesce(sum(n) filter (where kind = 'like'), 0) as likes from gone group by 1) g"
	"   where p.id = g.playlist_id)"
	" select count(*) as n from gone");

void
vz_playlist_count(const pg_uuid_t *playlist_id, const char *kind, int n)
{
	vz_execute(&add_to_slot, VZ_ARGS(vz_arg_uuid(playlist_id), vz_arg_text(kind), vz_arg_int4(MyProcPid % SLOTS), vz_arg_int4(n)));
}

int64
vz_playlist_counted(const pg_uuid_t *playlist_id, const char *kind)
{
	VzRow		row;

	return vz_query_row(&playlist_counted, VZ_ARGS(vz_arg_uuid(playlist_id), vz_arg_text(kind)), &row) ? vz_row_int8(&row, "n") : 0;
}

int64
vz_job_fold_playlist_counters(void)
{
	VzRow		row;

	vz_query_row(&fold_slots, VZ_NO_ARGS, &row);
	return vz_row_int8(&row, "n");
}
