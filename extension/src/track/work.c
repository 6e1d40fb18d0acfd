/*
 * work.c
 *		What the workers of veza-httpd take on: a version that is due goes out
 *		under a lease, to be scanned or analysed.
 *
 * Whoever holds the lease reports by it. A lease that has run out is one try
 * that came to nothing, and another worker takes over.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "version.h"
#include "work.h"

#define CLAIM_MAX 100
#define RELEASED_PAUSE_S 5		/* before what was given back is offered again */

/* Nobody waits here: what another transaction holds is taken the next time. */
static VzStmt due = VZ_STMT(
	"select v.id, v.track_id, v.owner_id, v.state, v.scan, v.tries, v.lease is not null as is_abandoned, v.file_hash, v.file_type,"
	"       v.file_size"
	"  from veza_data.track_version v join veza_data.track t on t.id = v.track_id"
	" where v.due_at <= $1 order by v.due_at limit $2 for update of v, t skip locked",
	TIMESTAMPTZOID, INT4OID);

/* The track is locked first. */
static VzStmt leased_version = VZ_STMT(
	"select v.id, v.track_id, v.owner_id, v.state, v.scan, v.tries"
	"  from veza_data.track t join veza_data.track_version v on v.track_id = t.id"
	" where v.id = $1 and v.lease = $2 and ($3 is null or v.lease_kind = $3) for no key update of t, v",
	UUIDOID, UUIDOID, TEXTOID);

static VzStmt lease = VZ_STMT(
	"update veza_data.track_version"
	"   set lease = gen_random_uuid(), lease_until = $2, due_at = $2, lease_kind = $3, worker = left($4, 100), tries = $5"
	" where id = $1 returning lease",
	UUIDOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, INT4OID);

static VzStmt queue = VZ_STMT(
	"select count(*) as n, coalesce(extract(epoch from $1 - min(due_at)), 0)::bigint as oldest_s"
	"  from veza_data.track_version where due_at <= $1",
	TIMESTAMPTZOID);

VZ_FUNCTION(track_claim_work);
VZ_FUNCTION(track_release_work);
VZ_FUNCTION(track_work_queue);

VzTrackVersion
vz_track_version_of(const VzRow *row)
{
	return (VzTrackVersion)
	{
		.id = *vz_row_uuid(row, "id"), .track_id = *vz_row_uuid(row, "track_id"), .owner_id = *vz_row_uuid(row, "owner_id"),
			.state = vz_row_text(row, "state"), .scan = vz_row_text(row, "scan"), .tries = vz_row_int4(row, "tries")
	};
}

bool
vz_track_version_leased(const pg_uuid_t *id, const pg_uuid_t *lease_id, const char *kind, VzTrackVersion *v)
{
	VzRow		row;

	if (!vz_query_row(&leased_version, VZ_ARGS(vz_arg_uuid(id), vz_arg_uuid(lease_id), vz_arg_text(kind)), &row))
		return false;
	*v = vz_track_version_of(&row);
	return true;
}

bool
vz_track_version_give_up(VzTrackVersion *v, const char *code, const char *reason)
{
	v->tries++;
	/* What is played already stays, and is scanned again until it was. */
	if (v->tries < VZ_TRACK_TRIES_MAX || strcmp(v->state, "ready") == 0)
		return false;
	vz_track_version_step(v, "give_up", code, reason, NULL);
	vz_track_version_release(&v->id, 0, 0);
	return true;
}

int64
vz_retry_pause(int tries)
{
	int64		pause = vz_setting_int("work_retry");

	return tries > 1 ? 4 * pause : pause;
}

/* kind_of is the work that is due in that state. */
static const char *
kind_of(const VzTrackVersion *v)
{
	return strcmp(v->state, "analysing") == 0 ? "analyse" : "scan";
}

/* append_claimed takes a due version on and appends it to the answer; nothing when it has been tried often enough. */
static void
append_claimed(StringInfo json, const VzRow *row, const char *worker)
{
	VzTrackVersion v = vz_track_version_of(row);
	const char *kind = kind_of(&v);
	VzRow		leased;

	if (vz_row_bool(row, "is_abandoned") && vz_track_version_give_up(&v, "worker_lost", "the lease ran out"))
		return;
	/* A version that is ready stays so while it is scanned again. */
	if (strcmp(v.state, "ready") != 0)
		vz_track_version_step(&v, "claim", NULL, worker, NULL);
	vz_query_row(&lease, VZ_ARGS(vz_arg_uuid(&v.id), vz_arg_time(vz_time_plus(vz_now(), vz_setting_int("work_lease"))),
								 vz_arg_text(kind), vz_arg_text(worker), vz_arg_int4(v.tries)), &leased);
	appendStringInfo(json, "%s{\"version_id\":\"%s\",\"lease\":\"%s\",\"kind\":\"%s\",\"file\":\"%s\",\"type\":",
					 json->len > 1 ? "," : "", vz_uuid_text(&v.id), vz_row_uuid_text(&leased, "lease"), kind,
					 vz_row_text(row, "file_hash"));
	escape_json(json, vz_row_text(row, "file_type"));
	appendStringInfo(json, ",\"size\":" INT64_FORMAT "}", vz_row_int8(row, "file_size"));
}

/*
 * track_claim_work gives work to a worker, under leases of work_lease seconds.
 *
 * Arguments: name of the worker, how many at most (1 to 100).
 */
Datum
track_claim_work(PG_FUNCTION_ARGS)
{
	StringInfoData json;
	int32		max;
	VzRows		rows;

	VZ_REQUIRE_ARGUMENTS("worker", "max");
	max = PG_GETARG_INT32(1);
	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	rows = vz_query_rows(&due, VZ_ARGS(vz_arg_time(vz_now()), vz_arg_int4(Max(0, Min(max, CLAIM_MAX)))));
	for (uint64 i = 0; i < rows.n; i++)
		append_claimed(&json, &rows.row[i], text_to_cstring(PG_GETARG_TEXT_PP(0)));
	appendStringInfoChar(&json, ']');
	return vz_json_datum(&json);
}

/*
 * track_release_work gives back work that was not begun: it counts as no try.
 *
 * Arguments: version, lease. Answers the version's state, or stale when the
 * lease is another one's by now.
 */
Datum
track_release_work(PG_FUNCTION_ARGS)
{
	VzTrackVersion v;

	VZ_REQUIRE_ARGUMENTS("version_id", "lease");
	if (!vz_track_version_leased(PG_GETARG_UUID_P(0), PG_GETARG_UUID_P(1), NULL, &v))
		PG_RETURN_TEXT_P(cstring_to_text("stale"));
	if (strcmp(v.state, "ready") != 0)
		vz_track_version_step(&v, "release", NULL, NULL, NULL);
	vz_track_version_release(&v.id, vz_time_plus(vz_now(), RELEASED_PAUSE_S), v.tries);
	PG_RETURN_TEXT_P(cstring_to_text(v.state));
}

/* track_work_queue says how many versions are due, and since how many seconds the oldest of them. */
Datum
track_work_queue(PG_FUNCTION_ARGS)
{
	Datum		json;

	vz_json_row(&queue, VZ_ARGS(vz_arg_time(vz_now())), &json);
	return json;
}
