/*
 * report_analysis.c
 *		What was found in a version's file. The worker has read what veza-probe
 *		printed by a list of what we need; here each of it is judged again, and
 *		nothing else is looked at.
 *
 * What stands in the file's tags fills in fields that the owner has not set.
 */
#include "../billing/entitlement.h"
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/refusal.h"
#include "../core/effects/effect.h"
#include "analysis.h"
#include "change.h"
#include "match.h"
#include "stream_ready.h"
#include "tagging.h"
#include "work.h"

static VzStmt store_facts = VZ_STMT(
	"update veza_data.track_version"
	"   set duration_ms = $2, sample_rate = $3, channels = $4, bits = $5, codec = $6, pcm_hash = $7, loudness_mlu = $8,"
	"       loudness_range_mlu = $9, true_peak_mdb = $10, fingerprint = $11, waveform_file = $12, cover_file = $13, raw_tags = $14,"
	"       waveform_json_file = $15"
	" where id = $1",
	UUIDOID, INT4OID, INT4OID, INT4OID, INT4OID, TEXTOID, TEXTOID, INT4OID, INT4OID, INT4OID, INT4ARRAYOID, TEXTOID, TEXTOID,
	JSONBOID, TEXTOID);

VZ_FUNCTION(track_report_analysis);

/* number_or_null is the argument of a number that may not be known. */
static VzArg
number_or_null(int64 value)
{
	return value == VZ_UNKNOWN ? vz_arg_null() : vz_arg_int4((int32) value);
}

/* name_part registers a file that was made of the audio; returns its hash, or NULL. */
static const char *
name_part(const VzStoredFile *file)
{
	if (file->hash == NULL)
		return NULL;
	vz_file_register(file);
	return file->hash;
}

/* store_analysis stores what was found. */
static void
store_analysis(const VzTrackVersion *v, const VzAnalysis *a)
{
	vz_execute(&store_facts,
			   VZ_ARGS(vz_arg_uuid(&v->id), number_or_null(a->duration_ms), number_or_null(a->sample_rate),
					   number_or_null(a->channels), number_or_null(a->bits), vz_arg_text(a->codec), vz_arg_text(a->pcm_hash),
					   number_or_null(a->loudness_mlu), number_or_null(a->loudness_range_mlu), number_or_null(a->true_peak_mdb),
					   a->fingerprint, vz_arg_text(name_part(&a->waveform)), vz_arg_text(name_part(&a->cover)),
					   vz_arg_jsonb(a->raw_tags), vz_arg_text(name_part(&a->waveform_json))));
}

/*
 * finish_version makes a version that was analysed the one that is played, and
 * has it prepared by the stream server. It is compared with those of others
 * first: at no time does anybody see one that will be held.
 */
static void
finish_version(VzTrackVersion *v, const VzAnalysis *a)
{
	vz_track_match_find(v);
	vz_track_version_step(v, "analysed", NULL, NULL, NULL);
	/* One that could not be scanned is scanned again. */
	vz_track_version_release(&v->id, strcmp(v->scan, "unscanned") == 0
							 ? vz_time_plus(vz_now(), vz_setting_int("rescan_interval")) : 0, 0);
	vz_track_version_play(&v->track_id, &v->id);
	vz_track_change_note(&v->track_id, "version_current", NULL, NULL, NULL, true);
	vz_track_apply_tags(&v->track_id, a);
	vz_stream_order(v);
}

/* judge_length refuses what is longer than the owner's plan allows. */
static const char *
judge_length(const VzTrackVersion *v, const VzAnalysis *a)
{
	int64		limit = vz_plan_limits(&v->owner_id).max_duration_ms;

	if (a->duration_ms == VZ_UNKNOWN || a->duration_ms == 0)
		return "empty";
	return limit > 0 && a->duration_ms > limit ? "too_long" : NULL;
}

/*
 * track_report_analysis takes what was found in a version's file, under its lease.
 *
 * Arguments: version, lease, the result (see analysis.h): {"ok": true, ...}, or
 * {"ok": false, "code": ...}, of which "retry": true means that another try may
 * help. Answers the version's state, or stale when the lease is another one's
 * by now.
 */
Datum
track_report_analysis(PG_FUNCTION_ARGS)
{
	VzAnalysis	a;
	const char *code;
	VzTrackVersion v;

	VZ_REQUIRE_ARGUMENTS("version_id", "lease", "result");
	if (!vz_analysis_read(PG_GETARG_TEXT_PP(2), &a))
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "result", "must be an object with the member ok"));
	if (!vz_track_version_leased(PG_GETARG_UUID_P(0), PG_GETARG_UUID_P(1), "analyse", &v))
		PG_RETURN_TEXT_P(cstring_to_text("stale"));
	code = a.ok ? judge_length(&v, &a) : a.code;
	if (code == NULL)
	{
		store_analysis(&v, &a);
		finish_version(&v, &a);
	}
	else if (!a.ok && a.may_retry)
	{
		if (!vz_track_version_give_up(&v, code, a.detail))
		{
			vz_track_version_step(&v, "retry", NULL, code, NULL);
			vz_track_version_release(&v.id, vz_time_plus(vz_now(), vz_retry_pause(v.tries)), v.tries);
		}
	}
	else
	{
		vz_track_version_step(&v, "refuse", code, a.detail, NULL);
		vz_track_version_release(&v.id, 0, 0);
	}
	PG_RETURN_TEXT_P(cstring_to_text(v.state));
}
