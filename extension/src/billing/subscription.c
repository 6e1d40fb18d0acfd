/*
 * subscription.c
 *		The rows of veza_data.subscription (see subscription.h).
 */
#include "subscription.h"

#include "../auth/account_lock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "subscription_states.h"

VzStore		vz_subscription_store = {
	.machine = &vz_subscription_machine,
	.update = VZ_STMT("update veza_data.subscription set status = $2, updated_at = $4"
					  " where id = $1 and status = $3",
					  UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID)
};

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

static VzStmt lock_newest_pending = VZ_STMT(
	SUBSCRIPTION_COLUMNS " where id = (select subscription_id from veza_data.newest_pending where user_id = $1) for update",
	UUIDOID);

static VzStmt all_pending = VZ_STMT(
	"select id from veza_data.subscription where user_id = $1 and status = 'pending_payment' order by created_at, id",
	UUIDOID);

static VzStmt find_owner = VZ_STMT(
	"select user_id from veza_data.subscription where id = $1", UUIDOID);

static VzStmt shape = VZ_STMT(
	"select * from veza_data.subscription_shape where id = $1", UUIDOID);

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

/* lock_one runs a statement that locks one subscription at most; false when it locked none. */
static bool
lock_one(VzStmt *stmt, const pg_uuid_t *id, VzSubscription *s)
{
	VzRow		row;

	if (!vz_query_row(stmt, VZ_ARGS(vz_arg_uuid(id)), &row))
		return false;
	read_subscription(&row, s);
	return true;
}

bool
vz_subscription_lock(const pg_uuid_t *id, VzSubscription *s)
{
	return lock_one(&lock_subscription, id, s);
}

bool
vz_subscription_lock_with_owner(const pg_uuid_t *id, VzSubscription *s)
{
	VzRow		owner;

	/* The owner never changes, so it can be read before it is locked. */
	if (!vz_query_row(&find_owner, VZ_ARGS(vz_arg_uuid(id)), &owner))
		return false;
	vz_lock_user(vz_row_uuid(&owner, "user_id"));
	return vz_subscription_lock(id, s);
}

bool
vz_subscription_lock_live(const pg_uuid_t *user_id, VzSubscription *s)
{
	return lock_one(&lock_live, user_id, s);
}

bool
vz_subscription_lock_newest_pending(const pg_uuid_t *user_id, VzSubscription *s)
{
	return lock_one(&lock_newest_pending, user_id, s);
}

VzRows
vz_subscriptions_pending(const pg_uuid_t *user_id)
{
	return vz_query_rows(&all_pending, VZ_ARGS(vz_arg_uuid(user_id)));
}

void
vz_subscription_require_own(const VzActor *actor, const pg_uuid_t *id, VzSubscription *s)
{
	VzRow		row;

	/* A stranger's row is not locked, nor its owner. */
	if (vz_query_row(&find_owner, VZ_ARGS(vz_arg_uuid(id)), &row) &&
		vz_uuid_equal(vz_row_uuid(&row, "user_id"), &actor->user_id))
	{
		vz_lock_actor(actor);
		if (vz_subscription_lock(id, s))
			return;
	}
	vz_raise_error(VZ_E_SUBSCRIPTION_NOT_FOUND);
}

bool
vz_subscription_is_pending(const VzSubscription *s)
{
	return strcmp(s->status, "pending_payment") == 0;
}

void
vz_subscription_require_pending(const VzSubscription *s)
{
	VzRefusal  *r;

	if (vz_subscription_is_pending(s))
		return;
	r = vz_refusal(VZ_E_SUBSCRIPTION_NOT_PENDING);
	vz_fact_uuid(r, "subscription_id", &s->id);
	vz_raise(vz_fact(r, "status", s->status));
}

bool
vz_subscription_is_live(const VzSubscription *s)
{
	return strcmp(s->status, "active") == 0 || strcmp(s->status, "suspended") == 0;
}

bool
vz_subscription_is_paid(const VzSubscription *s)
{
	return s->amount_minor > 0;
}

Datum
vz_subscription_json(const pg_uuid_t *id)
{
	Datum		json;

	vz_json_row(&shape, VZ_ARGS(vz_arg_uuid(id)), &json);
	return json;
}
