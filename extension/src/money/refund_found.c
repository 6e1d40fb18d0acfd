/*
 * refund_found.c
 *		Refunds that we did not make: an operator's at the provider's dashboard.
 *
 * Rule T26 of docs/design.md. They are told by webhooks under ids of the
 * provider's, and listed in its answers about the payment.
 */
#include "refund_found.h"

#include "../core/ground/attempt.h"
#include "../core/ground/clock.h"
#include "../core/ground/refusal.h"
#include "payment_rules.h"
#include "refund.h"
#include "refund_request.h"

static VzStmt read_found = VZ_STMT(
	"select f->>'refund_id' as refund_id, f->>'status' as status, f->>'currency' as currency,"
	"       case when jsonb_typeof(f->'amount') = 'number' then f->>'amount' end as amount"
	"  from (select $1 as f) facts",
	JSONBOID);

static VzStmt find_known = VZ_STMT(
	"select id from veza_data.refund where psp_refund_id = $1", TEXTOID);

static VzStmt listed = VZ_STMT(
	"select r as facts"
	"  from jsonb_array_elements(case jsonb_typeof($1->'refunds') when 'array' then $1->'refunds' end) r",
	JSONBOID);

static VzStmt insert_found = VZ_STMT(
	"insert into veza_data.refund"
	"  (payment_id, reason, attempt_no, psp_refund_id, amount_minor, currency, state, created_at, updated_at)"
	" select $1, 'provider', coalesce(max(attempt_no), 0) + 1, $2, $3, $4, 'pending', $5, $5"
	"   from veza_data.refund where payment_id = $1 and reason = 'provider'"
	" returning id",
	UUIDOID, TEXTOID, INT8OID, TEXTOID, TIMESTAMPTZOID);

/* record_found makes the row of a refund that nobody here asked for. */
static pg_uuid_t
record_found(VzPayment *p, const char *psp_refund_id, int64 amount, const VzReport *report)
{
	VzTransitionNote note;
	VzRow		row;
	pg_uuid_t	id;

	/* The same money cannot go back twice: what we have asked for, and nobody has begun with, gives way. */
	if (amount > vz_payment_refundable(p))
		vz_refunds_give_way(p);
	vz_query_row(&insert_found,
				 VZ_ARGS(vz_arg_uuid(&p->id), vz_arg_text(psp_refund_id), vz_arg_int8(amount),
						 vz_arg_text(p->currency), vz_arg_time(vz_now())), &row);
	id = *vz_row_uuid(&row, "id");
	note = vz_report_note(report, &p->id);
	vz_transition_created(&vz_refund_store, &id, "psp_found", &note);
	vz_payment_lock(&p->id, p);
	return id;
}

bool
vz_refund_found(VzPayment *p, Datum facts, const VzReport *report)
{
	VzRow		f;
	VzRow		known;
	char	   *psp_refund_id;
	int64		amount;
	pg_uuid_t	id;

	vz_query_row(&read_found, VZ_ARGS(vz_arg_datum(facts, false)), &f);
	psp_refund_id = vz_row_text(&f, "refund_id");
	if (!vz_is_psp_id(psp_refund_id))
		return false;
	if (vz_query_row(&find_known, VZ_ARGS(vz_arg_text(psp_refund_id)), &known))
		return vz_refund_apply(vz_row_uuid(&known, "id"), facts, report);
	/* What failed before we knew of it changes nothing. */
	if (strcmp(vz_refund_event_of(vz_row_text(&f, "status")), "psp_failed") == 0)
		return false;
	if (!vz_parse_minor(vz_row_text(&f, "amount"), &amount) || amount == 0 ||
		vz_row_isnull(&f, "currency") || strcmp(vz_row_text(&f, "currency"), p->currency) != 0)
		vz_raise(vz_fact(vz_fact(vz_refusal(VZ_E_VALIDATION_ERROR), "refund_id", psp_refund_id),
						 "payment_id", p->psp_payment_id));
	id = record_found(p, psp_refund_id, amount, report);
	vz_refund_apply(&id, facts, report);
	return true;
}

/* One refund of a list, on its way through a savepoint. */
typedef struct Listed
{
	VzPayment  *p;
	Datum		facts;
	const VzReport *report;
} Listed;

/* take_listed records a refund of a list. */
static void
take_listed(void *state)
{
	Listed	   *l = state;

	vz_refund_found(l->p, l->facts, l->report);
}

void
vz_refunds_found(VzPayment *p, Datum payment_facts, const VzReport *report)
{
	VzRows		rows = vz_query_rows(&listed, VZ_ARGS(vz_arg_datum(payment_facts, false)));

	for (uint64 i = 0; i < rows.n; i++)
	{
		bool		isnull;
		Listed		l = {.p = p, .facts = vz_row_datum(&rows.row[i], "facts", &isnull), .report = report};
		const char *error = vz_attempt(take_listed, &l);

		if (error != NULL)
			ereport(WARNING,
					(errmsg("a refund of payment %s at the provider could not be recorded: %s", p->psp_payment_id, error),
					 errhint("Compare with the provider's ledger; CALL veza.reconcile_payment(id) asks again.")));
	}
	vz_payment_lock(&p->id, p);
}
