/*
 * refund_request.c
 *		Asking for refunds: money that serves nothing goes back by itself, once.
 *
 * Rules T3d, T-lateR and T28 of docs/design.md. The refund's id at the
 * provider is made from our row's, so a repeated call refunds nothing twice.
 */
#include "refund_request.h"

#include "../core/effects/effect.h"
#include "../core/ground/clock.h"
#include "../core/ground/token.h"
#include "payment_states.h"

VzStore		vz_refund_store = {
	.machine = &vz_refund_machine,
	.update = VZ_STMT("update veza_data.refund set state = $2, updated_at = $4"
					  " where id = $1 and state = $3",
					  UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID)
};

static VzStmt new_uuid = VZ_STMT_NO_ARGS("select gen_random_uuid() as id");

static VzStmt insert_refund = VZ_STMT(
	"insert into veza_data.refund"
	"  (id, payment_id, reason, attempt_no, psp_refund_id, amount_minor, currency, state,"
	"   created_at, updated_at)"
	" values ($1, $2, $3, $4, $5, $6, $7, 'requested', $8, $8)"
	" on conflict do nothing",
	UUIDOID, UUIDOID, TEXTOID, INT4OID, TEXTOID, INT8OID, TEXTOID, TIMESTAMPTZOID);

static VzStmt open_requests = VZ_STMT(
	"select r.id from veza_data.refund r where r.payment_id = $1 and r.state = 'requested'"
	"   and not exists (select from veza_data.effect e"
	"                    where e.subject_id = r.id and e.kind = 'psp_refund' and e.state = 'leased')",
	UUIDOID);

/* A relay that claims the refund at this moment is waited for, and then has it. */
static VzStmt lock_requests = VZ_STMT(
	"select id from veza_data.effect"
	" where kind = 'psp_refund' and state in ('queued', 'leased')"
	"   and subject_id in (select id from veza_data.refund where payment_id = $1 and state = 'requested')"
	" for no key update",
	UUIDOID);

bool
vz_refund_request_attempt(const VzPayment *p, const char *reason, int attempt_no)
{
	int64		amount = vz_payment_refundable(p);
	char		text[VZ_BASE32_UUID_LEN + 1];
	pg_uuid_t	id;
	char	   *psp_refund_id;
	VzRow		row;

	if (amount == 0)
		return false;
	vz_query_row(&new_uuid, VZ_NO_ARGS, &row);
	id = *vz_row_uuid(&row, "id");
	vz_base32_uuid(id.data, text);
	psp_refund_id = psprintf("ref_%s", text);
	if (vz_execute(&insert_refund,
				   VZ_ARGS(vz_arg_uuid(&id), vz_arg_uuid(&p->id), vz_arg_text(reason),
						   vz_arg_int4(attempt_no), vz_arg_text(psp_refund_id),
						   vz_arg_int8(amount), vz_arg_text(p->currency),
						   vz_arg_time(vz_now()))) == 0)
		return false;
	vz_transition_created(&vz_refund_store, &id, "request",
						  &(VzTransitionNote) {.payment_id = &p->id, .reason = reason});
	vz_effect_queue(&(VzEffectOrder) {.kind = "psp_refund", .subject_id = &id, .reason = reason,
					.request = psprintf("{\"refund_id\":\"%s\",\"payment_id\":\"%s\",\"amount\":" INT64_FORMAT
										",\"reason\":\"%s\"}",
										psp_refund_id, p->psp_payment_id, amount,
										strcmp(reason, "duplicate") == 0 ? "duplicate" : "requested_by_customer")});
	return true;
}

bool
vz_refund_request(const VzPayment *p, const char *reason)
{
	return vz_refund_request_attempt(p, reason, 1);
}

void
vz_refunds_give_way(const VzPayment *p)
{
	VzRows		requests;

	vz_query_rows(&lock_requests, VZ_ARGS(vz_arg_uuid(&p->id)));
	requests = vz_query_rows(&open_requests, VZ_ARGS(vz_arg_uuid(&p->id)));
	for (uint64 i = 0; i < requests.n; i++)
	{
		const pg_uuid_t *id = vz_row_uuid(&requests.row[i], "id");

		vz_effect_withdraw("psp_refund", id);
		vz_transition(&vz_refund_store, id, "requested", "withdraw",
					  &(VzTransitionNote) {.source = "rule", .payment_id = &p->id});
	}
}
