/*
 * effect_relay.c
 *		The outbox's reading side, called by veza-relay: claim and report.
 *
 * A claim is a short transaction that leases due rows; a report is one
 * transaction that logs the attempt, applies the result in the effect's
 * domain and moves the effect on. A report whose lease was taken over still
 * brings its facts (they are true), but does not move the effect.
 */
#include "../ground/arguments.h"
#include "../ground/attempt.h"
#include "../ground/clock.h"
#include "effect.h"
#include "effect_store.h"
#include "../ground/refusal.h"
#include "../ground/actor.h"

#include "utils/jsonb.h"

#define MAX_WAKES 64

/* A lease ends with its time, or with the relay that holds it. Who waits is served before any backlog. */
static VzStmt find_due = VZ_STMT(
	"select id, state from veza_data.effect"
	" where (state = 'queued' and due_at <= $1"
	"        or state = 'leased' and (lease_until < $1 or lease_owner <> all ($4)))"
	"   and kind = any ($2)"
	" order by cardinality(waiters) = 0, due_at limit $3 for update skip locked",
	TIMESTAMPTZOID, TEXTARRAYOID, INT4OID, TEXTARRAYOID);

static VzStmt living_relays = VZ_STMT(
	"select coalesce(array_agg(name), '{}') || $1 as names"
	"  from veza_data.relay r where exists (select from pg_stat_get_activity(r.pid))",
	TEXTOID);

static VzStmt set_lease = VZ_STMT(
	"update veza_data.effect"
	"   set lease_owner = $2, lease_token = gen_random_uuid(), lease_until = $3, claimed_at = $4,"
	"       attempts = attempts + 1, first_sent_at = coalesce(first_sent_at, $4)"
	" where id = $1",
	UUIDOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt claimed_rows = VZ_STMT(
	"select id, lease_token, kind, request, attempts, cardinality(waiters) > 0 as waited, request_id"
	"  from veza_data.effect where id = any ($1) order by cardinality(waiters) = 0, due_at",
	UUIDARRAYOID);

/*
 * Until the report is over the lease stays where it is: a claim locks for
 * update and skips the row. Who joins the effect or waits for it locks for no
 * key update and is not held up, nor waited for, so no lock order is broken.
 */
static VzStmt find_effect = VZ_STMT(
	"select kind, subject_id, state, reason, lease_token, attempts, request_id, first_sent_at, claimed_at"
	"  from veza_data.effect where id = $1 for key share",
	UUIDOID);

static VzStmt lock_effect = VZ_STMT(
	"select state, lease_token from veza_data.effect where id = $1 for no key update", UUIDOID);

static VzStmt insert_attempt = VZ_STMT(
	"insert into veza_data.effect_attempt"
	"  (effect_id, attempt_no, at, relay, outcome, http_status, error_code, error_message,"
	"   duration_ms, result, was_taken_over)"
	" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	UUIDOID, INT4OID, TIMESTAMPTZOID, TEXTOID, TEXTOID, INT4OID, TEXTOID, TEXTOID,
	INT4OID, JSONBOID, BOOLOID);

/* The secret stays only while somebody waits for it; a sweep removes what was never fetched. */
static VzStmt set_result = VZ_STMT(
	"update veza_data.effect"
	"   set outcome = $2, error_code = $3, error_message = $4, lease_token = null, lease_until = null,"
	"       finished_at = $5, secret = case when cardinality(waiters) > 0 then $6::text end"
	" where id = $1",
	UUIDOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID);

static VzStmt set_retry = VZ_STMT(
	"update veza_data.effect"
	"   set outcome = $2, error_code = $3, error_message = $4, lease_token = null, lease_until = null,"
	"       due_at = $5::timestamptz + least($6::float8 * power(2, least(attempts, 16) - 1), $7)"
	"                   * (0.5 + random() / 2) * interval '1 millisecond'"
	" where id = $1",
	UUIDOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, INT8OID, INT8OID);

static VzStmt find_waiters = VZ_STMT(
	"select unnest(waiters) as pid from veza_data.effect where id = $1", UUIDOID);

/* The backends whose latch is set when this transaction commits. */
static int	wakes[MAX_WAKES];
static int	nwakes = 0;

VZ_FUNCTION(claim_effects);
VZ_FUNCTION(finish_effect);

/* uuid_array makes a uuid[] datum. */
static Datum
uuid_array(Datum *ids, int n)
{
	return PointerGetDatum(construct_array(ids, n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

/*
 * claim_effects leases up to batch due effects of the named kinds to a relay
 * and returns what it must do.
 */
Datum
claim_effects(PG_FUNCTION_ARGS)
{
	char	   *relay = text_to_cstring(PG_GETARG_TEXT_PP(0));
	TimestampTz now = vz_now();
	TimestampTz until = vz_time_plus(now, vz_setting_int("effect_lease"));
	VzRow		living;
	bool		isnull;
	VzRows		due;
	Datum	   *ids;

	vz_query_row(&living_relays, VZ_ARGS(vz_arg_text(relay)), &living);
	due = vz_query_rows(&find_due, VZ_ARGS(vz_arg_time(now),
										   vz_arg_datum(PG_GETARG_DATUM(1), false),
										   vz_arg_int4(PG_GETARG_INT32(2)),
										   vz_arg_datum(vz_row_datum(&living, "names", &isnull), false)));
	ids = palloc(sizeof(Datum) * (due.n + 1));

	for (uint64 i = 0; i < due.n; i++)
	{
		const pg_uuid_t *id = vz_row_uuid(&due.row[i], "id");

		vz_transition(&vz_effect_store, id, vz_row_text(&due.row[i], "state"), "claim",
					  &(VzTransitionNote) {.source = relay});
		vz_execute(&set_lease, VZ_ARGS(vz_arg_uuid(id), vz_arg_text(relay), vz_arg_time(until),
									   vz_arg_time(now)));
		ids[i] = UUIDPGetDatum(id);
	}
	return vz_return_rows(fcinfo, &claimed_rows,
						  VZ_ARGS(vz_arg_datum(uuid_array(ids, (int) due.n), false)));
}

/* wake_at_commit remembers who waits for this effect. */
static void
wake_at_commit(const pg_uuid_t *effect_id)
{
	VzRows		waiters = vz_query_rows(&find_waiters, VZ_ARGS(vz_arg_uuid(effect_id)));

	for (uint64 i = 0; i < waiters.n && nwakes < MAX_WAKES; i++)
		wakes[nwakes++] = vz_row_int4(&waiters.row[i], "pid");
}

/* outcome_from_name reads the relay's word. */
static VzOutcome
outcome_from_name(const char *name)
{
	static const char *const names[] = {"ok", "refused", "unknown", "not_sent"};

	for (int i = 0; i < (int) lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
			return (VzOutcome) i;
	vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "outcome",
							"must be ok, refused, unknown or not_sent"));
}

/* effect_kind finds the effect's domain. */
static const VzEffectKind *
effect_kind(const char *kind)
{
	for (int i = 0; i < vz_neffect_kinds; i++)
		if (strcmp(vz_effect_kinds[i].kind, kind) == 0)
			return &vz_effect_kinds[i];
	elog(ERROR, "effect kind \"%s\" is not registered", kind);
}

/* apply_result hands the result to the effect's domain. */
static void
apply_result(void *state)
{
	const VzEffectResult *result = state;

	effect_kind(result->kind)->apply(result);
}

/* take_facts keeps of the reported facts what the domain has listed. */
static void
take_facts(VzEffectResult *r, Datum reported)
{
	char	   *text = JsonbToCString(NULL, &DatumGetJsonbP(reported)->root, -1);
	size_t		size = VZ_FOREIGN_ROOM(strlen(text));
	char	   *facts = palloc(size);

	if (!vz_foreign_read(text, strlen(text), effect_kind(r->kind)->facts, facts, size))
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "facts", "must be a JSON object"));
	r->result = vz_arg_jsonb(facts).value;
	r->has_result = true;
}

/* advance_effect takes the effect's arrow for this outcome; returns the new state. */
static const char *
advance_effect(const VzEffectResult *r, const char *outcome, const char *secret)
{
	const char *event = r->outcome == VZ_OUTCOME_OK ? "succeed"
		: r->outcome == VZ_OUTCOME_REFUSED ? "refuse"
		: r->is_final ? "give_up" : "retry";
	TimestampTz now = vz_now();

	if (strcmp(event, "retry") == 0)
		vz_execute(&set_retry,
				   VZ_ARGS(vz_arg_uuid(&r->effect_id), vz_arg_text(outcome),
						   vz_arg_text(r->error_code), vz_arg_text(r->error_message),
						   vz_arg_time(now), vz_arg_int8(vz_setting_int("effect_backoff_base")),
						   vz_arg_int8(vz_setting_int("effect_backoff_cap"))));
	else
		vz_execute(&set_result,
				   VZ_ARGS(vz_arg_uuid(&r->effect_id), vz_arg_text(outcome),
						   vz_arg_text(r->error_code), vz_arg_text(r->error_message),
						   vz_arg_time(now), vz_arg_text(secret)));
	return vz_transition(&vz_effect_store, &r->effect_id, "leased", event,
						 &(VzTransitionNote) {.source = outcome, .reason = r->error_code});
}

/* holds_lease says whether the effect is still leased under this token. */
static bool
holds_lease(const VzRow *row, const pg_uuid_t *token)
{
	return strcmp(vz_row_text(row, "state"), "leased") == 0 &&
		vz_uuid_equal(vz_row_uuid(row, "lease_token"), token);
}

/* text_argument returns a text argument, or NULL. */
static const char *
text_argument(FunctionCallInfo fcinfo, int argno)
{
	return PG_ARGISNULL(argno) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argno));
}

/*
 * finish_effect records one attempt's outcome and applies it.
 *
 * Arguments: effect, lease token, relay, outcome (ok, refused, unknown,
 * not_sent), HTTP status or NULL, error code and message or NULL, the
 * provider's facts as jsonb or NULL, the client secret or NULL, duration in
 * ms. Returns the effect's new state.
 */
Datum
finish_effect(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id;
	char	   *outcome;
	VzEffectResult r;
	const char *state;
	const char *secret;
	bool		is_ours;
	VzRow		row;

	VZ_REQUIRE_ARGUMENTS("effect_id", "lease_token", NULL, "outcome");
	id = PG_GETARG_UUID_P(0);
	outcome = text_to_cstring(PG_GETARG_TEXT_PP(3));
	r = (VzEffectResult) {.effect_id = *id, .outcome = outcome_from_name(outcome)};
	if (!vz_query_row(&find_effect, VZ_ARGS(vz_arg_uuid(id)), &row))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_EFFECT_NOT_FOUND), "effect_id", id));
	vz_set_work_request_id(vz_row_text(&row, "request_id"));
	is_ours = holds_lease(&row, PG_GETARG_UUID_P(1));

	r.kind = vz_row_text(&row, "kind");
	r.subject_id = *vz_row_uuid(&row, "subject_id");
	r.reason = vz_row_text(&row, "reason");
	/* A report from an earlier lease was asked for at some time after the first one. */
	r.asked_at = vz_row_time(&row, is_ours ? "claimed_at" : "first_sent_at");
	r.is_final = r.outcome <= VZ_OUTCOME_REFUSED ||
		vz_row_int4(&row, "attempts") >= vz_setting_int("effect_max_attempts");
	r.error_code = text_argument(fcinfo, 5);
	r.error_message = text_argument(fcinfo, 6);
	if (!PG_ARGISNULL(7))
		take_facts(&r, PG_GETARG_DATUM(7));
	secret = text_argument(fcinfo, 8);

	vz_execute(&insert_attempt,
			   VZ_ARGS(vz_arg_uuid(id), vz_arg_int4(vz_row_int4(&row, "attempts")),
					   vz_arg_time(vz_now()), vz_arg_datum(PG_GETARG_DATUM(2), PG_ARGISNULL(2)),
					   vz_arg_text(outcome), vz_arg_datum(PG_GETARG_DATUM(4), PG_ARGISNULL(4)),
					   vz_arg_text(r.error_code), vz_arg_text(r.error_message),
					   vz_arg_datum(PG_GETARG_DATUM(9), PG_ARGISNULL(9)),
					   vz_arg_datum(r.result, !r.has_result), vz_arg_bool(!is_ours)));

	/*
	 * The domain takes its locks first and the effect is locked last, in the
	 * order of everybody else who holds a user's rows and queues an effect.
	 */
	if (is_ours || r.outcome == VZ_OUTCOME_OK)
	{
		const char *error = vz_attempt(apply_result, &r);

		if (error != NULL)
		{
			ereport(WARNING, (errmsg("result of effect %s could not be applied: %s", vz_uuid_text(id), error)));
			r.outcome = VZ_OUTCOME_UNKNOWN;
			r.error_code = "apply_failed";
			r.error_message = error;
			r.is_final = vz_row_int4(&row, "attempts") >= vz_setting_int("effect_max_attempts");
			outcome = "unknown";
		}
	}
	vz_query_row(&lock_effect, VZ_ARGS(vz_arg_uuid(id)), &row);
	state = vz_row_text(&row, "state");
	if (holds_lease(&row, PG_GETARG_UUID_P(1)))
	{
		wake_at_commit(id);
		state = advance_effect(&r, outcome, secret);
	}
	PG_RETURN_TEXT_P(cstring_to_text(state));
}

/* effect_xact_callback sets the latches of the waiters once the result is visible to them. */
static void
effect_xact_callback(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT)
		for (int i = 0; i < nwakes; i++)
		{
			PGPROC	   *proc = BackendPidGetProc(wakes[i]);

			if (proc != NULL)
				SetLatch(&proc->procLatch);
		}
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT)
		nwakes = 0;
}

void
vz_effect_init(void)
{
	RegisterXactCallback(effect_xact_callback, NULL);
}
