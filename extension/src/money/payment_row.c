/*
 * payment_row.c
 *		The rows of veza_data.payment (see payment_row.h).
 *
 * The only file of money that names the column by which a payment refers to
 * what is paid for. A second kind of subject is a second foreign key: then it
 * is read here as the one of them that is set, and stored here.
 */
#include "payment_row.h"

#include "../auth/account_lock.h"
#include "../core/ground/clock.h"
#include "../core/ground/token.h"
#include "payment_states.h"

#define SUBJECT "subscription_id"

#define PAYMENT_COLUMNS \
	"select id, " SUBJECT " as subject_id, user_id, purpose, attempt_no, psp_payment_id, idempotency_key, state," \
	"       psp_status, amount_minor, amount_received_minor, refunded_minor, currency, psp_missing," \
	"       manual_retry_allowed, session_expires_at, psp_updated_at, checked_at, checks, heard_at, refusals," \
	"       settled_status, given_up_at is not null as is_given_up" \
	"  from veza_data.payment"

VzStore		vz_payment_store = {
	.machine = &vz_payment_machine,
	.update = VZ_STMT("update veza_data.payment set state = $2, updated_at = $4"
					  " where id = $1 and state = $3",
					  UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID)
};

static VzStmt find_payer = VZ_STMT(
	"select user_id from veza_data.payment where id = $1", UUIDOID);

static VzStmt lock_payment = VZ_STMT(PAYMENT_COLUMNS " where id = $1 for update", UUIDOID);

static VzStmt lock_current = VZ_STMT(
	PAYMENT_COLUMNS " where id = (select payment_id from veza_data.payment_current where " SUBJECT " = $1) for update",
	UUIDOID);

static VzStmt insert_payment = VZ_STMT(
	"insert into veza_data.payment"
	"  (id, " SUBJECT ", user_id, purpose, attempt_no, psp_payment_id, idempotency_key,"
	"   amount_minor, currency, state, next_check_at, created_at, updated_at)"
	" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'prepared', $10, $11, $11)",
	UUIDOID, UUIDOID, UUIDOID, TEXTOID, INT4OID, TEXTOID, TEXTOID, INT8OID, TEXTOID,
	TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt last_attempt = VZ_STMT(
	"select max(attempt_no) as n from veza_data.payment where " SUBJECT " = $1 and purpose = $2",
	UUIDOID, TEXTOID);

static VzStmt unfinished = VZ_STMT(
	"select id from veza_data.payment"
	" where " SUBJECT " = $1 and state in ('prepared', 'open', 'processing', 'review', 'failed')"
	"   and id is distinct from $2"
	" order by attempt_no",
	UUIDOID, UUIDOID);

static VzStmt find_rival = VZ_STMT(
	"select id, state from veza_data.payment"
	" where " SUBJECT " = $1 and id <> $2 and given_up_at is null"
	"   and state in ('prepared', 'open', 'processing', 'review')",
	UUIDOID, UUIDOID);

static VzStmt find_by_any_id = VZ_STMT(
	"select id from veza_data.payment where id = $1 or psp_payment_id = $2"
	" union all"
	" select id from (select id from veza_data.payment where " SUBJECT " = $1 order by attempt_no desc limit 1) newest"
	" limit 1",
	UUIDOID, TEXTOID);

/* read_payment fills the struct from a row. */
static void
read_payment(const VzRow *row, VzPayment *p)
{
	memset(p, 0, sizeof(*p));
	p->id = *vz_row_uuid(row, "id");
	p->subject_id = *vz_row_uuid(row, "subject_id");
	p->user_id = *vz_row_uuid(row, "user_id");
	p->purpose = vz_row_text(row, "purpose");
	p->attempt_no = vz_row_int4(row, "attempt_no");
	p->psp_payment_id = vz_row_text(row, "psp_payment_id");
	p->idempotency_key = vz_row_text(row, "idempotency_key");
	p->state = vz_row_text(row, "state");
	p->psp_status = vz_row_text(row, "psp_status");
	p->amount_minor = vz_row_int8(row, "amount_minor");
	p->has_received = !vz_row_isnull(row, "amount_received_minor");
	p->received_minor = vz_row_int8(row, "amount_received_minor");
	p->refunded_minor = vz_row_int8(row, "refunded_minor");
	p->currency = vz_row_text(row, "currency");
	p->heard_at = vz_row_time(row, "heard_at");
	p->refusals = vz_row_int4(row, "refusals");
	p->settled_status = vz_row_text(row, "settled_status");
	p->is_given_up = vz_row_bool(row, "is_given_up");
	p->psp_missing = vz_row_bool(row, "psp_missing");
	p->manual_retry_allowed = vz_row_bool(row, "manual_retry_allowed");
	p->session_expires_at = vz_row_time(row, "session_expires_at");
	p->psp_updated_at = vz_row_time(row, "psp_updated_at");
	p->checked_at = vz_row_time(row, "checked_at");
	p->checks = vz_row_int4(row, "checks");
}

bool
vz_payment_lock(const pg_uuid_t *id, VzPayment *p)
{
	VzRow		row;

	if (!vz_query_row(&lock_payment, VZ_ARGS(vz_arg_uuid(id)), &row))
		return false;
	read_payment(&row, p);
	return true;
}

bool
vz_payment_lock_with_payer(const pg_uuid_t *id, VzPayment *p)
{
	VzRow		payer;

	/* The payer never changes, so it can be read before it is locked. */
	if (!vz_query_row(&find_payer, VZ_ARGS(vz_arg_uuid(id)), &payer))
		return false;
	vz_lock_user(vz_row_uuid(&payer, "user_id"));
	return vz_payment_lock(id, p);
}

bool
vz_payment_lock_current(const pg_uuid_t *subject_id, VzPayment *p)
{
	VzRow		row;

	if (!vz_query_row(&lock_current, VZ_ARGS(vz_arg_uuid(subject_id)), &row))
		return false;
	read_payment(&row, p);
	return true;
}

void
vz_payment_insert(const VzPayment *p, TimestampTz next_check)
{
	vz_execute(&insert_payment,
			   VZ_ARGS(vz_arg_uuid(&p->id), vz_arg_uuid(&p->subject_id), vz_arg_uuid(&p->user_id),
					   vz_arg_text(p->purpose), vz_arg_int4(p->attempt_no),
					   vz_arg_text(p->psp_payment_id), vz_arg_text(p->idempotency_key),
					   vz_arg_int8(p->amount_minor), vz_arg_text(p->currency),
					   vz_arg_time(next_check), vz_arg_time(vz_now())));
}

int
vz_payment_last_attempt(const char *purpose, const pg_uuid_t *subject_id)
{
	VzRow		row;

	vz_query_row(&last_attempt, VZ_ARGS(vz_arg_uuid(subject_id), vz_arg_text(purpose)), &row);
	return vz_row_int4(&row, "n");
}

VzRows
vz_payments_unfinished(const pg_uuid_t *subject_id, const pg_uuid_t *except_payment)
{
	return vz_query_rows(&unfinished, VZ_ARGS(vz_arg_uuid(subject_id), vz_arg_uuid(except_payment)));
}

bool
vz_payment_find_rival(const VzPayment *p, VzRow *rival)
{
	return vz_query_row(&find_rival, VZ_ARGS(vz_arg_uuid(&p->subject_id), vz_arg_uuid(&p->id)), rival);
}

bool
vz_payment_find(const char *any_id, pg_uuid_t *id)
{
	bool		is_uuid = vz_parse_uuid(any_id, id->data);
	VzRow		row;

	if (!vz_query_row(&find_by_any_id, VZ_ARGS(vz_arg_uuid(is_uuid ? id : NULL), vz_arg_text(any_id)), &row))
		return false;
	*id = *vz_row_uuid(&row, "id");
	return true;
}

int64
vz_payment_received(const VzPayment *p)
{
	return p->has_received ? p->received_minor : p->amount_minor;
}

int64
vz_payment_refundable(const VzPayment *p)
{
	/* What was taken back by a reversal or a dispute is not there to be sent back. */
	if (strcmp(p->state, "reversed") == 0)
		return 0;
	return Max(0, vz_payment_received(p) - p->refunded_minor);
}
