/*
 * subscription_end.h
 *		Ending the subscriptions of an account that ends.
 */
#ifndef VEZA_SUBSCRIPTION_END_H
#define VEZA_SUBSCRIPTION_END_H

#include "../core/ground/compat.h"

/* Ends everything of a user whose account ends: pending subscriptions are abandoned, a live one is canceled now. */
extern void vz_billing_end_account(const pg_uuid_t *user_id, const char *reason);

#endif							/* VEZA_SUBSCRIPTION_END_H */
