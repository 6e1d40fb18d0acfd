/*
 * subscription_jobs.c
 *		The timers that end subscriptions (see subscription_jobs.h). Rules T9 and
 *		T19 of docs/design.md.
 */
#include "subscription_jobs.h"

#include "../core/effects/job.h"
#include "../core/ground/clock.h"
#include "../money/payment.h"
#include "subscription_life.h"
#include "subscription_payment.h"

static VzStmt due_pending = VZ_STMT(
	"select s.id::text as unit from veza_data.subscription s"
	" where s.status = 'pending_payment' and s.pending_expires_at <= $1"
	"   and not exists (select from veza_data.payment p"
	"                    where p.subscription_id = s.id and p.state in ('processing', 'review'))"
	"   and not exists (select from veza_data.payment p join veza_data.effect e on e.subject_id = p.id"
	"                    where p.subscription_id = s.id and e.kind = 'psp_retrieve'"
	"                      and e.state in ('queued', 'leased'))"
	"   and not exists (select from veza_data.payment p"
	"                    where p.subscription_id = s.id and p.refusals > 0 and p.next_check_at > $1)"
	" order by s.pending_expires_at limit 200",
	TIMESTAMPTZOID);

static VzStmt due_periods = VZ_STMT(
	"select id::text as unit from veza_data.subscription"
	" where status = 'active' and current_period_end <= $1 order by current_period_end limit 200",
	TIMESTAMPTZOID);

/* lock_unit locks the subscription that a unit names, its owner first; false when it is gone. */
static bool
lock_unit(const char *unit, VzSubscription *s)
{
	pg_uuid_t	id = vz_unit_uuid(unit);

	return vz_subscription_lock_with_owner(&id, s);
}

VzRows
vz_job_expire_pending_units(void)
{
	return vz_query_rows(&due_pending, VZ_ARGS(vz_arg_time(vz_now())));
}

void
vz_job_expire_pending(const char *unit)
{
	VzSubscription s;
	VzPayment	p;

	if (lock_unit(unit, &s) && vz_subscription_is_pending(&s) && vz_payment_lock_current(&s.id, &p) &&
		!vz_subscription_expire_if_due(&p))
		vz_payment_ask(&p, "expiry", false);
}

VzRows
vz_job_end_periods_units(void)
{
	return vz_query_rows(&due_periods, VZ_ARGS(vz_arg_time(vz_now())));
}

void
vz_job_end_period(const char *unit)
{
	VzSubscription s;

	if (lock_unit(unit, &s))
		vz_subscription_end_if_over(&s);
}
