/*
 * orders_webhooks.c
 *	  Control routes that look at webhooks, or disturb them.
 */
#include "control.h"

#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "ledger.h"
#include "sender.h"
#include "webhook.h"

#define FLUSH_TIMEOUT_MS 5000
#define LONGEST_FLUSH_MS 120000

/* GET /_sim/webhooks */
json_t *
order_webhooks(struct order *order)
{
	json_t	   *list;

	(void) order;
	ledger_lock();
	list = json_pack("{s:o, s:o}", "webhooks", webhook_list(), "mode", webhook_mode_json());
	ledger_unlock();
	return list;
}

/* POST /_sim/webhooks/mode */
json_t *
order_webhook_mode(struct order *order)
{
	json_t	   *now = NULL;

	ledger_lock();
	if (webhook_mode_set(order->body))
		now = webhook_mode_json();
	ledger_unlock();
	return now != NULL ? now : problem(order, 400, "a part of the mode is not possible");
}

/* POST /_sim/webhooks/release */
json_t *
order_webhook_release(struct order *order)
{
	int			released;

	(void) order;
	ledger_lock();
	released = webhook_release();
	ledger_unlock();
	return json_pack("{s:i}", "released", released);
}

/* POST /_sim/webhooks/{event_id}/resend */
json_t *
order_webhook_resend(struct order *order)
{
	bool		found;

	ledger_lock();
	found = webhook_resend(order->exchange->segment[2]);
	ledger_unlock();
	return found ? json_pack("{s:s}", "resending", order->exchange->segment[2])
		: problem(order, 404, "there is no such event");
}

/* POST /_sim/webhooks/send */
json_t *
order_webhook_send(struct order *order)
{
	const json_t *body = json_object_get(order->body, "body");
	const char *raw = get_string(order->body, "raw", NULL);
	char	   *text;
	int			status;

	if ((body == NULL) == (raw == NULL))
		return problem(order, 400, "give either body or raw");
	text = raw != NULL ? strdup(raw) : json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
	status = sender_post_once(text, get_bool(order->body, "sign", true));
	free(text);
	return json_pack("{s:i}", "status", status);
}

/* POST /_sim/webhooks/flush */
json_t *
order_webhook_flush(struct order *order)
{
	json_int_t	timeout = get_integer(order->body, "timeout_ms", FLUSH_TIMEOUT_MS);
	json_t	   *counts;

	if (timeout < 0 || timeout > LONGEST_FLUSH_MS)
		return problem(order, 400, "timeout_ms is out of range");
	ledger_lock();
	counts = webhook_flush(timeout);
	ledger_unlock();
	return counts;
}
