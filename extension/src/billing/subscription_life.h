/*
 * subscription_life.h
 *		What makes a subscription live, and what ends it.
 *
 * The user and the subscription must be locked.
 */
#ifndef VEZA_SUBSCRIPTION_LIFE_H
#define VEZA_SUBSCRIPTION_LIFE_H

#include "subscription.h"

/* Takes an arrow that changes whether the subscription is live, and with it the user's role. */
extern void vz_subscription_move(VzSubscription *s, const char *event, const VzTransitionNote *note);

/* Makes the subscription active: period, siblings, free row. The payment is NULL where none has paid for it. */
extern void vz_subscription_activate(VzSubscription *s, const pg_uuid_t *payment_id, const char *event,
									 const char *source, const VzTransitionNote *note);

/* Ends the user's pending subscriptions, and a live free one, in favour of this one. */
extern void vz_subscription_supersede_others(const VzSubscription *s);

/* Records why the subscription ends, and takes the event's arrow. */
extern void vz_subscription_end(VzSubscription *s, const char *event, const char *reason,
								const VzTransitionNote *note);

/* Ends a live subscription whose period is over; true when it did. */
extern bool vz_subscription_end_if_over(VzSubscription *s);

#endif							/* VEZA_SUBSCRIPTION_LIFE_H */
