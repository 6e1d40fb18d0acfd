/*
 * report_scan.c
 *		What the virus scanner said of a version.
 *
 * Only the word clean lets a file on. One that could not be asked about goes
 * on where no scanner is required (the worker knows), and is scanned again.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/refusal.h"
#include "work.h"

static VzStmt set_scan = VZ_STMT("update veza_data.track_version set scan = $2 where id = $1", UUIDOID, TEXTOID);

/* The version's file is none any more; answers which it was. */
static VzStmt give_file_up = VZ_STMT(
	"update veza_data.track_version v set file_hash = null, is_original = false"
	"  from veza_data.track_version before where v.id = $1 and before.id = v.id returning before.file_hash",
	UUIDOID);

/* Others who have the same file were told that it is clean, by a scanner that knew less. */
static VzStmt scan_same_file = VZ_STMT(
	"update veza_data.track_version set scan = 'unscanned', due_at = $2 where file_hash = $1 and state = 'ready' and lease is null",
	TEXTOID, TIMESTAMPTZOID);

static VzStmt forget_file = VZ_STMT(
	"delete from veza_data.file f where hash = $1 and not exists (select from veza_data.file_use u where u.hash = f.hash)", TEXTOID);

VZ_FUNCTION(track_report_scan);

/* drop_file gives an infected file up: no row names it any more, and veza-httpd removes what no row names. */
static void
drop_file(const VzTrackVersion *v)
{
	VzRow		row;
	char	   *hash;

	if (!vz_query_row(&give_file_up, VZ_ARGS(vz_arg_uuid(&v->id)), &row) || (hash = vz_row_text(&row, "file_hash")) == NULL)
		return;
	if (vz_execute(&scan_same_file, VZ_ARGS(vz_arg_text(hash), vz_arg_time(vz_now()))) > 0)
		vz_track_work_tell();
	vz_execute(&forget_file, VZ_ARGS(vz_arg_text(hash)));
}

/* quarantine takes an infected file away from everybody, and puts it on record. */
static void
quarantine(VzTrackVersion *v, const char *what)
{
	VzAudit		entry = {.action = "track.quarantine", .resource_type = "track_version", .reason = what};

	vz_track_version_step(v, "infected", "virus", what, NULL);
	vz_execute(&set_scan, VZ_ARGS(vz_arg_uuid(&v->id), vz_arg_text("infected")));
	vz_track_version_release(&v->id, 0, 0);
	drop_file(v);
	entry.resource_id = vz_uuid_text(&v->id);
	vz_audit(&entry);
}

/* pass_scan lets a file on to its analysis; one that is played already stays, and is asked about again unless it is clean. */
static void
pass_scan(VzTrackVersion *v, const char *verdict, const char *detail)
{
	bool		is_clean = strcmp(verdict, "clean") == 0;

	vz_execute(&set_scan, VZ_ARGS(vz_arg_uuid(&v->id), vz_arg_text(verdict)));
	if (strcmp(v->state, "ready") == 0)
	{
		vz_track_version_release(&v->id, is_clean ? 0 : vz_time_plus(vz_now(), vz_setting_int("rescan_interval")), 0);
		return;
	}
	vz_track_version_step(v, verdict, NULL, detail, NULL);
	vz_track_version_release(&v->id, vz_now(), 0);
}

/* scan_failed waits for the next try, or gives up. */
static void
scan_failed(VzTrackVersion *v, const char *detail)
{
	bool		is_ready = strcmp(v->state, "ready") == 0;
	int64		pause;

	if (vz_track_version_give_up(v, "scan_failed", detail))
		return;
	if (!is_ready)
		vz_track_version_step(v, "retry", NULL, detail, NULL);
	pause = is_ready ? vz_setting_int("rescan_interval") : vz_retry_pause(v->tries);
	vz_track_version_release(&v->id, vz_time_plus(vz_now(), pause), is_ready ? 0 : v->tries);
}

/*
 * track_report_scan takes the verdict about a version under its lease.
 *
 * Arguments: version, lease, verdict (clean, infected, unscanned or failed),
 * what the scanner said. Answers the version's state, or stale when the lease
 * is another one's by now.
 */
Datum
track_report_scan(PG_FUNCTION_ARGS)
{
	char	   *detail;
	char	   *verdict;
	VzTrackVersion v;

	VZ_REQUIRE_ARGUMENTS("version_id", "lease", "verdict");
	verdict = text_to_cstring(PG_GETARG_TEXT_PP(2));
	detail = vz_text_argument(fcinfo, 3);
	if (detail != NULL && strlen(detail) > 200)
		detail[pg_mbcliplen(detail, (int) strlen(detail), 200)] = '\0';
	if (strcmp(verdict, "clean") != 0 && strcmp(verdict, "infected") != 0 && strcmp(verdict, "unscanned") != 0 &&
		strcmp(verdict, "failed") != 0)
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "verdict", "must be clean, infected, unscanned or failed"));
	if (!vz_track_version_leased(PG_GETARG_UUID_P(0), PG_GETARG_UUID_P(1), "scan", &v))
		PG_RETURN_TEXT_P(cstring_to_text("stale"));
	if (strcmp(verdict, "infected") == 0)
		quarantine(&v, detail);
	else if (strcmp(verdict, "failed") == 0)
		scan_failed(&v, detail);
	else
		pass_scan(&v, verdict, detail);
	PG_RETURN_TEXT_P(cstring_to_text(v.state));
}
