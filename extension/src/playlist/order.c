/*
 * order.c
 *		The entries of a playlist and their order (see order.h).
 */
#include "order.h"

#include "../core/ground/audit.h"
#include "../core/ground/clock.h"

/* Entries that are spread where no rank is left between two, and the least step that is worth it. */
#define NEIGHBOURHOOD 64
#define ROOM_LEAST (INT64_C(1) << 24)

#define IN_ORDER "from veza_data.playlist_entry where playlist_id = $1 order by rank"

/* The ranks before the place $2 and at the place $3; NULL before the first and behind the last entry. */
static VzStmt neighbours = VZ_STMT(
	"select case when $2 > 0 then (select rank " IN_ORDER " offset $2 - 1 limit 1) end as low,"
	"       (select rank " IN_ORDER " offset $3 limit 1) as high",
	UUIDOID, INT4OID, INT4OID);

/* The same at the end, without walking there. */
static VzStmt last_rank = VZ_STMT("select (select rank " IN_ORDER " desc limit 1) as low, null::bigint as high", UUIDOID);

static VzStmt insert_entries = VZ_STMT(
	"with made as ("
	"  insert into veza_data.playlist_entry (playlist_id, track_id, rank, added_by, added_at)"
	"  select $1, u.track_id, $3 + (u.n - 1) * $4, $5, $6 from unnest($2) with ordinality u(track_id, n)"
	"  returning id, track_id, rank)"
	" select id, track_id, (rank - $3) / $4 as place from made order by rank",
	UUIDOID, UUIDARRAYOID, INT8OID, INT8OID, UUIDOID, TIMESTAMPTZOID);

/* Entries from a place on get these ranks. */
static VzStmt rank_entries = VZ_STMT(
	"update veza_data.playlist_entry e set rank = $4 + (x.n - 1) * $5"
	"  from (select id, row_number() over (order by rank) as n from (select id, rank " IN_ORDER " offset $2 limit $3) y) x"
	" where e.id = x.id",
	UUIDOID, INT4OID, INT4OID, INT8OID, INT8OID);

static VzStmt set_order = VZ_STMT(
	"update veza_data.playlist_entry e set rank = x.n * $3 from unnest($2) with ordinality x(id, n)"
	" where e.id = x.id and e.playlist_id = $1 and e.rank <> x.n * $3",
	UUIDOID, UUIDARRAYOID, INT8OID);

static VzStmt next_version = VZ_STMT(
	"update veza_data.playlist set version = version + 1, track_count = track_count + $2, updated_at = $3 where id = $1"
	" returning version, track_count",
	UUIDOID, INT4OID, TIMESTAMPTZOID);

static VzStmt note_change = VZ_STMT(
	"insert into veza_data.playlist_change (playlist_id, version, at, actor_id, action, n) values ($1, $2, $3, $4, $5, $6)",
	UUIDOID, INT8OID, TIMESTAMPTZOID, UUIDOID, TEXTOID, INT4OID);

/* find_ranks finds n ranks behind the entry before start, and before the one that stands at end. */
static bool
find_ranks(const VzPlaylistSight *sight, int start, int end, int n, VzRanks *ranks)
{
	int64		low;
	int64		high;
	VzRow		row;

	if (start == sight->track_count)
		vz_query_row(&last_rank, VZ_ARGS(vz_arg_uuid(&sight->id)), &row);
	else
		vz_query_row(&neighbours, VZ_ARGS(vz_arg_uuid(&sight->id), vz_arg_int4(start), vz_arg_int4(end)), &row);
	low = vz_row_int8(&row, "low");
	high = vz_row_int8(&row, "high");
	return vz_ranks_between(vz_row_isnull(&row, "low") ? NULL : &low, vz_row_isnull(&row, "high") ? NULL : &high, n, ranks);
}

/* set_ranks gives n entries from start on these ranks; returns how many were written. */
static uint64
set_ranks(const VzPlaylistSight *sight, int start, int n, const VzRanks *ranks)
{
	return vz_execute(&rank_entries, VZ_ARGS(vz_arg_uuid(&sight->id), vz_arg_int4(start), vz_arg_int4(n),
											 vz_arg_int8(ranks->first), vz_arg_int8(ranks->step)));
}

/* spread_around spreads the entries around a place, as few as will do, so that n more go between any two of them. */
static void
spread_around(const VzPlaylistSight *sight, int position, int n)
{
	for (int half = NEIGHBOURHOOD / 2;; half *= 8)
	{
		int			start = Max(0, position - half);
		int			end = Min(sight->track_count, position + half);
		VzRanks		ranks = {VZ_RANK_GAP, VZ_RANK_GAP};
		bool		is_whole = start == 0 && end == sight->track_count;

		if (is_whole || (find_ranks(sight, start, end, end - start, &ranks) && ranks.step >= ROOM_LEAST && ranks.step > 2 * n))
		{
			set_ranks(sight, start, end - start, &ranks);
			return;
		}
	}
}

/* make_ranks finds n ranks before the entry that stands at position, and makes room for them where there is none. */
static VzRanks
make_ranks(const VzPlaylistSight *sight, int position, int n)
{
	VzRanks		ranks;

	if (!find_ranks(sight, position, position, n, &ranks))
	{
		spread_around(sight, position, n);
		if (!find_ranks(sight, position, position, n, &ranks))
			elog(ERROR, "there is no room between the entries of a playlist");
	}
	return ranks;
}

VzRows
vz_order_insert(const VzPlaylistSight *sight, VzArg track_ids, int n, int position)
{
	VzRanks		ranks = make_ranks(sight, position == VZ_PLAYLIST_END ? sight->track_count : position, n);

	return vz_query_rows(&insert_entries,
						 VZ_ARGS(vz_arg_uuid(&sight->id), track_ids, vz_arg_int8(ranks.first), vz_arg_int8(ranks.step),
								 vz_arg_uuid(&sight->actor_id), vz_arg_time(vz_now())));
}

uint64
vz_order_move(const VzPlaylistSight *sight, const VzMove *move)
{
	VzMove		least = vz_move_least(move);
	VzRanks		ranks;

	if (least.length == 0)
		return 0;
	ranks = make_ranks(sight, least.before, least.length);
	return set_ranks(sight, least.start, least.length, &ranks);
}

void
vz_order_set(const VzPlaylistSight *sight, VzArg entry_ids)
{
	vz_execute(&set_order, VZ_ARGS(vz_arg_uuid(&sight->id), entry_ids, vz_arg_int8(VZ_RANK_GAP)));
}

/* audit_stranger puts on record what an administrator has done with the entries of others. */
static void
audit_stranger(const VzPlaylistSight *sight, const char *action, int n)
{
	VzAudit		entry = {.action = "playlist.entries", .resource_type = "playlist", .resource_id = vz_uuid_text(&sight->id)};

	entry.details = psprintf("{\"action\":\"%s\",\"n\":%d}", action, n);
	vz_audit(&entry);
}

void
vz_order_changed(VzPlaylistSight *sight, const char *action, int n, int grown)
{
	VzRow		row;

	vz_query_row(&next_version, VZ_ARGS(vz_arg_uuid(&sight->id), vz_arg_int4(grown), vz_arg_time(vz_now())), &row);
	sight->version = vz_row_int8(&row, "version");
	sight->track_count = vz_row_int4(&row, "track_count");
	vz_execute(&note_change, VZ_ARGS(vz_arg_uuid(&sight->id), vz_arg_int8(sight->version), vz_arg_time(vz_now()),
									 vz_arg_uuid(&sight->actor_id), vz_arg_text(action), vz_arg_int4(n)));
	if (sight->part < VZ_PLAYLIST_EDITOR)
		audit_stranger(sight, action, n);
}

void
vz_order_check_version(FunctionCallInfo fcinfo, int argno, const VzPlaylistSight *sight)
{
	if (PG_ARGISNULL(argno) || PG_GETARG_INT64(argno) == sight->version)
		return;
	vz_raise(vz_fact_int(vz_fact_uuid(vz_refusal(VZ_E_PLAYLIST_CHANGED), "playlist_id", &sight->id), "version", sight->version));
}
