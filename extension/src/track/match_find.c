/*
 * match_find.c
 *		Which tracks of others a version is, or sounds like (see match.h).
 *
 * The same file and the same samples are found by index. What sounds alike is
 * found by a few items of its fingerprint: of all different ones, those whose
 * hashes are the least, so that two fingerprints of one recording choose the
 * same ones where they agree, whatever the offset. Each item is looked up for a
 * bounded number of versions, those with the most items in common are compared
 * in full, and of these there is a bounded number, too: what it costs does not
 * grow with the tracks that there are.
 */
#include "../core/ground/clock.h"
#include "../core/ground/lock.h"
#include "../core/ground/refusal.h"
#include "fingerprint.h"
#include "match.h"
#include "similar.h"

/* Items of a fingerprint that are looked at: ten minutes. */
#define LOOKED_AT "4800"

/* What has fewer different items is hardly any sound: a tone, or silence, is like every other. */
#define ITEMS_MIN "16"

/* The store of prints in the migration 0021-track-match says the same. */
static VzStmt store_prints = VZ_STMT(
	"insert into veza_data.track_print (version_id, print)"
	" select $1, p.item from (select d.item, count(*) over () as n"
	"    from (select distinct unnest(fingerprint[1:" LOOKED_AT "]) as item from veza_data.track_version where id = $1) d"
	"   order by hashint4extended(d.item, 0), d.item limit 32) p"
	"  where p.n >= " ITEMS_MIN " on conflict do nothing",
	UUIDOID);

/* Others' versions that count: what was removed is no longer there to be copied, unless it was taken down. */
#define OTHERS(v, o, t) \
	o ".owner_id <> " v ".owner_id and " o ".state = 'ready' and (" t ".deleted_at is null or " t ".taken_down_at is not null)"

static VzStmt same_sound = VZ_STMT(
	"select distinct on (o.track_id) o.track_id, o.number, case when o.file_hash = v.file_hash then 'file' else 'sound' end as level"
	"  from veza_data.track_version v"
	"  join veza_data.track_version o on o.file_hash = v.file_hash or o.pcm_hash = v.pcm_hash"
	"  join veza_data.track t on t.id = o.track_id"
	" where v.id = $1 and " OTHERS("v", "o", "t") " order by o.track_id, 3, o.number limit 10",
	UUIDOID);

static VzStmt alike = VZ_STMT(
	"select o.track_id, o.number, o.fingerprint[1:" LOOKED_AT "] as fingerprint, v.fingerprint[1:" LOOKED_AT "] as wanted"
	"  from (select p.version_id, count(*) as shared from veza_data.track_print w cross join lateral"
	"           (select x.version_id from veza_data.track_print x where x.print = w.print limit 200) p"
	"         where w.version_id = $1 and p.version_id <> $1 group by p.version_id) near"
	"  join veza_data.track_version v on v.id = $1"
	"  join veza_data.track_version o on o.id = near.version_id"
	"  join veza_data.track t on t.id = o.track_id"
	" where " OTHERS("v", "o", "t") " and o.fingerprint is not null order by near.shared desc, o.id limit 50",
	UUIDOID);

static VzStmt insert_match = VZ_STMT(
	"insert into veza_data.track_match (track_id, version, other_track_id, other_version, level, distance_mil, state, created_at, updated_at)"
	" select $1, v.number, $3, $4, $5, $6, 'open', $7, $7 from veza_data.track_version v where v.id = $2"
	" on conflict (track_id, version, other_track_id) do nothing returning id",
	UUIDOID, UUIDOID, UUIDOID, INT4OID, TEXTOID, INT4OID, TIMESTAMPTZOID);

/* note_match notes one track of somebody else's; one that is noted of this version is no other. */
static bool
note_match(const VzTrackVersion *v, const VzRow *other, const char *level, double distance)
{
	pg_uuid_t	id;
	VzRow		row;

	if (!vz_query_row(&insert_match,
					  VZ_ARGS(vz_arg_uuid(&v->track_id), vz_arg_uuid(&v->id), vz_arg_uuid(vz_row_uuid(other, "track_id")),
							  vz_arg_int4(vz_row_int4(other, "number")), vz_arg_text(level),
							  vz_arg_int4((int32) (distance * 1000)), vz_arg_time(vz_now())), &row))
		return false;
	id = *vz_row_uuid(&row, "id");
	vz_transition_created(&vz_track_match_store, &id, "find", &(VzTransitionNote) {.source = "worker"});
	return true;
}

void
vz_track_match_find(const VzTrackVersion *v)
{
	VzLock		lock = vz_lock(VZ_LOCK_TRACK_MATCH, 0);
	bool		found = false;
	VzRows		rows;

	vz_lock_take(&lock);
	vz_execute(&store_prints, VZ_ARGS(vz_arg_uuid(&v->id)));
	rows = vz_query_rows(&same_sound, VZ_ARGS(vz_arg_uuid(&v->id)));
	for (uint64 i = 0; i < rows.n; i++)
		found |= note_match(v, &rows.row[i], vz_row_text(&rows.row[i], "level"), 0);
	rows = vz_query_rows(&alike, VZ_ARGS(vz_arg_uuid(&v->id)));
	for (uint64 i = 0; i < rows.n; i++)
	{
		double		distance = vz_similar_distance(&rows.row[i]);

		CHECK_FOR_INTERRUPTS();
		if (distance < VZ_FINGERPRINT_NEAR)
			found |= note_match(v, &rows.row[i], "similar", distance);
	}
	if (found)
		vz_track_hold(&v->track_id);
}
