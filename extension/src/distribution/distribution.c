/*
 * distribution.c
 *		Submitting tracks to streaming services, and following them.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/machine/transition.h"
#include "../core/request/own.h"
#include "../core/request/request.h"
#include "distribution_states.h"
#include "eligibility.h"

#define MAX_PLATFORMS 32

static VzStore distribution_store = {
	.machine = &vz_distribution_machine,
	.update = VZ_STMT("update veza_data.distribution set status = $2, updated_at = $4"
					  " where id = $1 and status = $3",
					  UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID)
};

static VzStmt find_own_track = VZ_STMT(
	"select id, held_at is not null as is_held from veza_data.track where id = $1 and uploader_id = $2 for share", UUIDOID, UUIDOID);

static VzStmt insert_distribution = VZ_STMT(
	"insert into veza_data.distribution"
	"  (user_id, track_id, subscription_id, status, platforms, release_date, created_at, updated_at)"
	" values ($1, $2, $3, 'submitted', $4, $5, $6, $6)"
	" on conflict (track_id) where status = 'submitted' do nothing returning id",
	UUIDOID, UUIDOID, UUIDOID, TEXTARRAYOID, DATEOID, TIMESTAMPTZOID);

static VzStmt open_submission = VZ_STMT(
	"select id from veza_data.distribution where track_id = $1 and status = 'submitted'", UUIDOID);

static VzStmt insert_refusal = VZ_STMT(
	"insert into veza_data.gate_refusal (at, code, user_id, subscription_id, request_id)"
	" values ($1, $2, $3, $4, $5)",
	TIMESTAMPTZOID, TEXTOID, UUIDOID, UUIDOID, TEXTOID);

static VzStmt shape = VZ_STMT(
	"select * from veza_data.distribution_shape where id = $1", UUIDOID);

static VzOwn own = VZ_OWN("distribution", "distribution_shape", "user_id", VZ_E_DISTRIBUTION_NOT_FOUND);

static VzStmt lock_own = VZ_STMT(
	"select id, status from veza_data.distribution where user_id = $1 and id = $2 for update",
	UUIDOID, UUIDOID);

static VzStmt history = VZ_STMT(
	"select h.from_state as from_status, h.event, h.to_state as to_status, h.at, h.actor_kind as actor,"
	"       h.reason, h.request_id"
	"  from veza_data.state_history h join veza_data.distribution d on d.id = h.entity_id"
	" where d.id = $1 and d.user_id = $2 order by h.id",
	UUIDOID, UUIDOID);

VZ_FUNCTION(distribution_submit);
VZ_FUNCTION(distribution_get);
VZ_FUNCTION(distribution_list);
VZ_FUNCTION(distribution_history);
VZ_FUNCTION(distribution_cancel);

/* check_platforms returns the platform names in lower case; 0 when it complained about them. */
static Datum
check_platforms(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	Datum	   *items;
	bool	   *nulls;
	int			n;

	if (PG_ARGISNULL(argno))
	{
		Datum		all = CStringGetTextDatum("all");

		return PointerGetDatum(construct_array(&all, 1, TEXTOID, -1, false, TYPALIGN_INT));
	}
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(argno), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &n);
	if (n < 1 || n > MAX_PLATFORMS)
		vz_field_error(wrong, "platforms", psprintf("must name 1 to %d streaming services", MAX_PLATFORMS));
	for (int i = 0; i < n; i++)
	{
		char	   *name = nulls[i] ? pstrdup("") : TextDatumGetCString(items[i]);

		for (char *p = name; *p != '\0'; p++)
			*p = pg_ascii_tolower((unsigned char) *p);
		if (name[0] == '\0' || strlen(name) > 40 ||
			strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
		{
			vz_field_error(wrong, "platforms", "must be names of letters, digits and underscores");
			return (Datum) 0;
		}
		items[i] = CStringGetTextDatum(name);
		nulls[i] = false;
	}
	return PointerGetDatum(construct_array(items, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* count_refusal keeps a refusal of the gate for the analysts. */
static void
count_refusal(const VzActor *actor, const VzEligibility *e)
{
	VzError		error = e->gate == VZ_GATE_PENDING_PAYMENT
		? VZ_E_SUBSCRIPTION_PENDING_PAYMENT : VZ_E_DISTRIBUTION_NOT_ELIGIBLE;

	vz_execute(&insert_refusal,
			   VZ_ARGS(vz_arg_time(vz_now()), vz_arg_text(vz_error_info[error].code),
					   vz_arg_uuid(&actor->user_id),
					   vz_arg_uuid(e->rights.has_pending ? &e->rights.pending_id : NULL),
					   vz_arg_text(vz_request_id())));
}

/*
 * distribution_submit submits one of the actor's tracks to streaming
 * services. The gate is judged first, in the transaction that inserts.
 *
 * Arguments: track, names of the services (NULL: all), wished release date or
 * NULL.
 */
Datum
distribution_submit(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzEligibility e;
	pg_uuid_t  *track_id;
	Datum		platforms;
	VzRow		row;
	Datum		json;

	vz_eligibility(&actor->user_id, true, &e);
	if (e.gate != VZ_GATE_OPEN)
	{
		count_refusal(actor, &e);
		VZ_REFUSE_AND_KEEP(vz_eligibility_refusal(&e));
	}
	vz_require_creator();

	platforms = check_platforms(fcinfo, 1, wrong);
	if (PG_ARGISNULL(0))
		vz_field_error(wrong, "track_id", "is missing");
	vz_raise_if(wrong);
	track_id = PG_GETARG_UUID_P(0);
	if (!vz_query_row(&find_own_track, VZ_ARGS(vz_arg_uuid(track_id), vz_arg_uuid(&actor->user_id)), &row))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_TRACK_NOT_FOUND), "track_id", track_id));
	if (vz_row_bool(&row, "is_held"))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_TRACK_HELD), "track_id", track_id));

	if (!vz_query_row(&insert_distribution,
					  VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_uuid(track_id),
							  vz_arg_uuid(&e.rights.subscription_id), vz_arg_datum(platforms, false),
							  vz_arg_datum(PG_GETARG_DATUM(2), PG_ARGISNULL(2)),
							  vz_arg_time(vz_now())), &row))
	{
		VzRefusal  *r = vz_refusal(VZ_E_DISTRIBUTION_ALREADY_SUBMITTED);

		if (vz_query_row(&open_submission, VZ_ARGS(vz_arg_uuid(track_id)), &row))
			vz_fact_uuid(r, "distribution_id", vz_row_uuid(&row, "id"));
		vz_raise(r);
	}
	vz_transition_created(&distribution_store, vz_row_uuid(&row, "id"), "submit", NULL);
	vz_set_status(201);
	vz_set_header("Location", psprintf("/api/v1/distributions/%s", vz_row_uuid_text(&row, "id")));
	vz_json_row(&shape, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&row, "id"))), &json);
	return json;
}

/* distribution_get shows one of the actor's submissions. */
Datum
distribution_get(PG_FUNCTION_ARGS)
{
	return vz_own_get(fcinfo, &own);
}

/* distribution_list pages through the actor's submissions, newest first. */
Datum
distribution_list(PG_FUNCTION_ARGS)
{
	return vz_own_list(fcinfo, &own);
}

/* distribution_history shows the transitions of one of the actor's submissions, oldest first. */
Datum
distribution_history(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	uint64		n = 0;
	Datum		json = (Datum) 0;

	if (!PG_ARGISNULL(0))
		json = vz_json_rows(&history, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0)),
											  vz_arg_uuid(&actor->user_id)), &n);
	if (n == 0)
		VZ_REFUSE(vz_refusal(VZ_E_DISTRIBUTION_NOT_FOUND));
	return json;
}

/* distribution_cancel withdraws one of the actor's submissions. */
Datum
distribution_cancel(PG_FUNCTION_ARGS)
{
	VzRow		row;
	Datum		json;

	vz_own_lock(fcinfo, &lock_own, VZ_E_DISTRIBUTION_NOT_FOUND, &row);
	vz_transition(&distribution_store, vz_row_uuid(&row, "id"), vz_row_text(&row, "status"),
				  "withdraw", NULL);
	vz_json_row(&shape, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&row, "id"))), &json);
	return json;
}
