/*
 * subscription_complete.h
 *		The way back to a stalled payment, for those who begin one.
 */
#ifndef VEZA_SUBSCRIPTION_COMPLETE_H
#define VEZA_SUBSCRIPTION_COMPLETE_H

#include "../core/request/flow.h"

/*
 * Runs subscription_payment_step until it answers, waiting for effects in
 * between; the last step's row holds the answer.
 */
extern void vz_subscription_run_steps(VzFlow *flow, const pg_uuid_t *id, const pg_uuid_t *effect_id,
									  bool is_new, VzRow *last);

#endif							/* VEZA_SUBSCRIPTION_COMPLETE_H */
