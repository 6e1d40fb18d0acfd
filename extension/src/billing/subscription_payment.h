/*
 * subscription_payment.h
 *		Paying for subscriptions: the purpose initial.
 */
#ifndef VEZA_SUBSCRIPTION_PAYMENT_H
#define VEZA_SUBSCRIPTION_PAYMENT_H

#include "../money/purpose.h"
#include "subscription.h"

/* A subscription's first period is paid. For registry.c. */
extern const VzPurpose vz_purpose_initial;

/* Prepares the attempt of this number to pay for the subscription; returns the effect to wait for. */
extern pg_uuid_t vz_subscription_prepare_payment(const VzSubscription *s, int attempt_no, VzPayment *p);

/* Queues the creation of a payment that the provider does not know; returns the effect to wait for. */
extern pg_uuid_t vz_subscription_create_payment(const VzSubscription *s, const VzPayment *p);

/* The number of the subscription's last attempt. */
extern int	vz_subscription_last_attempt(const VzSubscription *s);

/*
 * Expires the payment's subscription if it is pending and its time is up, once
 * the provider has confirmed that it is not paid; true when it did. The user
 * must be locked.
 */
extern bool vz_subscription_expire_if_due(const VzPayment *p);

#endif							/* VEZA_SUBSCRIPTION_PAYMENT_H */
