/*
 * control.h
 *	  The routes under /_sim, with which tests steer the simulator.
 */
#ifndef PSPSIM_CONTROL_H
#define PSPSIM_CONTROL_H

#include "http.h"

extern const struct service control_service;

extern bool control_start(void);
extern void control_stop(void);
extern int64_t control_reopen_due(void);
extern void control_reopen_done(void);

/* One call of a control route. */
struct order
{
	struct exchange *exchange;
	const json_t *body;			/* an object, perhaps empty */
	int			status;
	const char *problem;		/* set with a status of 400 and more */
};

/* Returns the answer, which may be NULL when a problem is set. */
typedef json_t *(*order_handler) (struct order *order);

extern json_t *problem(struct order *order, int status, const char *what);

extern json_t *order_ledger(struct order *order);
extern json_t *order_payment(struct order *order);
extern json_t *order_payment_transition(struct order *order);
extern json_t *order_payment_expire(struct order *order);
extern json_t *order_refund_transition(struct order *order);
extern json_t *order_settings(struct order *order);

extern json_t *order_webhooks(struct order *order);
extern json_t *order_webhook_mode(struct order *order);
extern json_t *order_webhook_release(struct order *order);
extern json_t *order_webhook_resend(struct order *order);
extern json_t *order_webhook_send(struct order *order);
extern json_t *order_webhook_flush(struct order *order);

#endif
