/*
 * subscription.h
 *		The rows of veza_data.subscription: reading and locking them.
 *
 * Lock order: the user first, see auth/account_lock.h.
 */
#ifndef VEZA_SUBSCRIPTION_H
#define VEZA_SUBSCRIPTION_H

#include "../core/ground/actor.h"
#include "../core/machine/transition.h"

extern VzStore vz_subscription_store;

/* A row of veza_data.subscription, as far as the rules look at it. */
typedef struct VzSubscription
{
	pg_uuid_t	id;
	pg_uuid_t	user_id;
	pg_uuid_t	plan_id;
	char	   *status;
	char	   *billing_cycle;
	int64		amount_minor;
	char	   *currency;
	bool		is_comp;
	bool		has_payment;	/* payment_id is set */
	pg_uuid_t	payment_id;
	TimestampTz pending_expires_at;
	TimestampTz period_end;		/* 0: without end */
	bool		cancel_at_period_end;
	TimestampTz ended_at;
	char	   *end_reason;
	bool		was_activated;
} VzSubscription;

/* Reads and locks; false when there is no such row. The user must be locked. */
extern bool vz_subscription_lock(const pg_uuid_t *id, VzSubscription *s);

/* Locks the owner, then reads and locks; false when there is no such row, and then nothing is locked. */
extern bool vz_subscription_lock_with_owner(const pg_uuid_t *id, VzSubscription *s);

/* The user's live subscription (active or suspended), locked; false when there is none. */
extern bool vz_subscription_lock_live(const pg_uuid_t *user_id, VzSubscription *s);

/* The user's newest pending subscription, locked: see veza_data.newest_pending. False when there is none. */
extern bool vz_subscription_lock_newest_pending(const pg_uuid_t *user_id, VzSubscription *s);

/* The user's pending subscriptions, earliest first: rows with id. */
extern VzRows vz_subscriptions_pending(const pg_uuid_t *user_id);

/* The user's own subscription, locked together with the user; raises 404 for anybody else's. */
extern void vz_subscription_require_own(const VzActor *actor, const pg_uuid_t *id, VzSubscription *s);

/* Does it wait for its payment? The second raises SUBSCRIPTION_NOT_PENDING, with what became of it, unless it does. */
extern bool vz_subscription_is_pending(const VzSubscription *s);
extern void vz_subscription_require_pending(const VzSubscription *s);

/* Is it the one that the user has, active or suspended? */
extern bool vz_subscription_is_live(const VzSubscription *s);

/* Is it a subscription that money or an administrator stands behind? */
extern bool vz_subscription_is_paid(const VzSubscription *s);

/* The subscription as clients see it. */
extern Datum vz_subscription_json(const pg_uuid_t *id);

#endif							/* VEZA_SUBSCRIPTION_H */
