/*
 * billing_rows.c
 *		Reading and locking the rows of the billing domain (see billing.h).
 */
#include "billing.h"
#include "billing_states.h"

VzStore		vz_subscription_store = {
	.machine = &vz_subscription_machine,
	.update = VZ_STMT("update veza_data.subscription set status = $2, updated_at = $4"
					  " where id = $1 and status = $3",
					  UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID)
};

VzStore		vz_payment_store = {
	.machine = &vz_payment_machine,
	.update = VZ_STMT("update veza_data.payment set state = $2, updated_at = $4"
					  " where id = $1 and state = $3",
					  UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID)
};

VzStore		vz_refund_store = {
	.machine = &vz_refund_machine,
	.update = VZ_STMT("update veza_data.refund set state = $2, updated_at = $4"
					  " where id = $1 and state = $3",
					  UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID)
};

static VzStmt lock_user = VZ_STMT(
	"select id from veza_data.users where id = $1 for no key update", UUIDOID);

#define SUBSCRIPTION_COLUMNS \
	"select id, user_id, plan_id, status, billing_cycle, amount_minor, currency, is_comp, payment_id," \
	"       pending_expires_at, current_period_end, cancel_at_period_end, ended_at, end_reason," \
	"       activated_at is not null as was_activated" \
	"  from veza_data.subscription"

static VzStmt lock_subscription = VZ_STMT(
	SUBSCRIPTION_COLUMNS " where id = $1 for update", UUIDOID);

static VzStmt lock_live = VZ_STMT(
	SUBSCRIPTION_COLUMNS " where user_id = $1 and status in ('active', 'suspended') for update",
	UUIDOID);

static VzStmt find_owner = VZ_STMT(
	"select user_id from veza_data.subscription where id = $1", UUIDOID);

#define PAYMENT_COLUMNS \
	"select id, subscription_id, user_id, purpose, attempt_no, psp_payment_id, state, psp_status," \
	"       amount_minor, amount_received_minor, refunded_minor, currency, psp_missing, manual_retry_allowed," \
	"       session_expires_at, psp_updated_at, checked_at, checks, heard_at, refusals, settled_status," \
	"       given_up_at is not null as is_given_up" \
	"  from veza_data.payment"

static VzStmt lock_payment = VZ_STMT(PAYMENT_COLUMNS " where id = $1 for update", UUIDOID);

/* The order is that of veza_data.payment_current. */
static VzStmt lock_current = VZ_STMT(
	PAYMENT_COLUMNS " where subscription_id = $1 and purpose = 'initial'"
	" order by state in ('processing', 'review') desc, given_up_at is null desc, attempt_no desc limit 1 for update",
	UUIDOID);

static VzStmt account_is_served = VZ_STMT(
	"select status = 'active' as yes from veza_data.users where id = $1", UUIDOID);

void
vz_lock_user(const pg_uuid_t *user_id)
{
	VzRow		row;

	if (!vz_query_row(&lock_user, VZ_ARGS(vz_arg_uuid(user_id)), &row))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_USER_NOT_FOUND), "user_id", user_id));
}

/* read_subscription fills the struct from a row. */
static void
read_subscription(const VzRow *row, VzSubscription *s)
{
	memset(s, 0, sizeof(*s));
	s->id = *vz_row_uuid(row, "id");
	s->user_id = *vz_row_uuid(row, "user_id");
	s->plan_id = *vz_row_uuid(row, "plan_id");
	s->status = vz_row_text(row, "status");
	s->billing_cycle = vz_row_text(row, "billing_cycle");
	s->amount_minor = vz_row_int8(row, "amount_minor");
	s->currency = vz_row_text(row, "currency");
	s->is_comp = vz_row_bool(row, "is_comp");
	s->has_payment = !vz_row_isnull(row, "payment_id");
	if (s->has_payment)
		s->payment_id = *vz_row_uuid(row, "payment_id");
	s->pending_expires_at = vz_row_time(row, "pending_expires_at");
	s->period_end = vz_row_time(row, "current_period_end");
	s->cancel_at_period_end = vz_row_bool(row, "cancel_at_period_end");
	s->ended_at = vz_row_time(row, "ended_at");
	s->end_reason = vz_row_text(row, "end_reason");
	s->was_activated = vz_row_bool(row, "was_activated");
}

/* read_payment fills the struct from a row. */
static void
read_payment(const VzRow *row, VzPayment *p)
{
	memset(p, 0, sizeof(*p));
	p->id = *vz_row_uuid(row, "id");
	p->subscription_id = *vz_row_uuid(row, "subscription_id");
	p->user_id = *vz_row_uuid(row, "user_id");
	p->purpose = vz_row_text(row, "purpose");
	p->attempt_no = vz_row_int4(row, "attempt_no");
	p->psp_payment_id = vz_row_text(row, "psp_payment_id");
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
vz_subscription_lock(const pg_uuid_t *id, VzSubscription *s)
{
	VzRow		row;

	if (!vz_query_row(&lock_subscription, VZ_ARGS(vz_arg_uuid(id)), &row))
		return false;
	read_subscription(&row, s);
	return true;
}

bool
vz_subscription_lock_live(const pg_uuid_t *user_id, VzSubscription *s)
{
	VzRow		row;

	if (!vz_query_row(&lock_live, VZ_ARGS(vz_arg_uuid(user_id)), &row))
		return false;
	read_subscription(&row, s);
	return true;
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
vz_payment_lock_current(const pg_uuid_t *subscription_id, VzPayment *p)
{
	VzRow		row;

	if (!vz_query_row(&lock_current, VZ_ARGS(vz_arg_uuid(subscription_id)), &row))
		return false;
	read_payment(&row, p);
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

bool
vz_account_is_served(const pg_uuid_t *user_id)
{
	VzRow		row;

	return vz_query_row(&account_is_served, VZ_ARGS(vz_arg_uuid(user_id)), &row) && vz_row_bool(&row, "yes");
}

void
vz_lock_actor(const VzActor *actor)
{
	vz_lock_user(&actor->user_id);
	if (!vz_account_is_served(&actor->user_id))
		vz_raise_error(VZ_E_USER_ACCOUNT_DISABLED);
}

bool
vz_subscription_is_paid(const VzSubscription *s)
{
	return s->amount_minor > 0;
}

void
vz_subscription_require_own(const VzActor *actor, const pg_uuid_t *id, VzSubscription *s)
{
	VzRow		row;

	/* The owner never changes, so it can be read before the user is locked. */
	if (vz_query_row(&find_owner, VZ_ARGS(vz_arg_uuid(id)), &row) &&
		vz_uuid_equal(vz_row_uuid(&row, "user_id"), &actor->user_id))
	{
		vz_lock_actor(actor);
		if (vz_subscription_lock(id, s))
			return;
	}
	vz_raise_error(VZ_E_SUBSCRIPTION_NOT_FOUND);
}

char *
vz_complete_url(const pg_uuid_t *subscription_id)
{
	return psprintf("/api/v1/subscriptions/complete/%s", vz_uuid_text(subscription_id));
}
