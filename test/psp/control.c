/*
 * control.c
 *	  The routes under /_sim, with which tests steer the simulator.
 *
 * They have a port of their own, on the loopback only, that stays open when the
 * API port is closed.  A handler takes the ledger's lock itself when it needs it.
 */
#include "control.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "faults.h"
#include "fields.h"
#include "ledger.h"
#include "listener.h"
#include "record.h"
#include "store.h"
#include "webhook.h"

#define BODY_LIMIT 4194304
#define OFFSET_LIMIT_S 946080000

static struct MHD_Daemon *control;

/* When the API port opens by itself, in monotonic time; 0: never. */
static atomic_llong reopen_due;

/* Notes why an order is not followed. */
json_t *
problem(struct order *order, int status, const char *what)
{
	order->status = status;
	order->problem = what;
	return NULL;
}

/* GET /_sim/health */
static json_t *
order_health(struct order *order)
{
	(void) order;
	return json_pack("{s:s, s:b, s:i, s:I}", "status", "ok", "api_open", listener_is_open(),
					 "api_port", config.port, "clock_offset_s",
					 (json_int_t) clock_offset_s());
}

/* POST /_sim/reset */
static json_t *
order_reset(struct order *order)
{
	(void) order;
	ledger_lock();
	ledger_reset();
	faults_clear();
	webhook_mode_reset();
	record_reset();
	clock_set_offset_s(0);
	ledger_unlock();
	return json_pack("{s:b}", "reset", true);
}

/* POST /_sim/clock */
static json_t *
order_clock(struct order *order)
{
	json_int_t	offset = get_integer(order->body, "offset_seconds", OFFSET_LIMIT_S + 1);

	if (offset < -OFFSET_LIMIT_S || offset > OFFSET_LIMIT_S)
		return problem(order, 400, "offset_seconds must be an integer, of thirty years at most");
	ledger_lock();
	clock_set_offset_s(offset);
	ledger_changed();
	ledger_unlock();
	return json_pack("{s:I}", "offset_seconds", (json_int_t) clock_offset_s());
}

/* GET /_sim/requests */
static json_t *
order_requests(struct order *order)
{
	const char *since = http_query(order->exchange, "since");
	json_t	   *list;

	ledger_lock();
	list = record_list(since != NULL ? strtoull(since, NULL, 10) : 0);
	ledger_unlock();
	return list;
}

/* GET /_sim/faults */
static json_t *
order_faults(struct order *order)
{
	json_t	   *list;

	(void) order;
	ledger_lock();
	list = faults_json();
	ledger_unlock();
	return list;
}

/* POST /_sim/faults */
static json_t *
order_fault_add(struct order *order)
{
	const char *what;
	bool		added;

	ledger_lock();
	added = faults_add(order->body, &what);
	ledger_unlock();
	return added ? order_faults(order) : problem(order, 400, what);
}

/* DELETE /_sim/faults */
static json_t *
order_faults_clear(struct order *order)
{
	ledger_lock();
	faults_clear();
	ledger_unlock();
	return order_faults(order);
}

/* POST /_sim/listen */
static json_t *
order_listen(struct order *order)
{
	json_int_t	duration = get_integer(order->body, "duration_ms", 0);

	if (!json_is_boolean(json_object_get(order->body, "open")))
		return problem(order, 400, "open must be true or false");
	if (get_bool(order->body, "open", true))
	{
		atomic_store(&reopen_due, 0);
		if (!listener_reopen())
			return problem(order, 500, "the port cannot be opened");
	}
	else
	{
		listener_close();
		atomic_store(&reopen_due, duration > 0 ? monotonic_ms() + duration : 0);
		/* The main thread sleeps until a signal or the moment to reopen. */
		kill(getpid(), SIGUSR1);
	}
	return json_pack("{s:b}", "open", listener_is_open());
}

/* Returns when the API port must open by itself, in monotonic time, or 0. */
int64_t
control_reopen_due(void)
{
	return atomic_load(&reopen_due);
}

/* Notes that the API port is open again. */
void
control_reopen_done(void)
{
	atomic_store(&reopen_due, 0);
}

static const struct
{
	const char *method;
	const char *path;
	order_handler handler;
}			routes[] = {
	{"GET", "_sim/health", order_health},
	{"GET", "_sim/ledger", order_ledger},
	{"GET", "_sim/requests", order_requests},
	{"POST", "_sim/reset", order_reset},
	{"POST", "_sim/clock", order_clock},
	{"POST", "_sim/settings", order_settings},
	{"GET", "_sim/faults", order_faults},
	{"POST", "_sim/faults", order_fault_add},
	{"DELETE", "_sim/faults", order_faults_clear},
	{"POST", "_sim/listen", order_listen},
	{"GET", "_sim/payments/*", order_payment},
	{"POST", "_sim/payments/*/transition", order_payment_transition},
	{"POST", "_sim/payments/*/expire", order_payment_expire},
	{"POST", "_sim/refunds/*/transition", order_refund_transition},
	{"GET", "_sim/webhooks", order_webhooks},
	{"POST", "_sim/webhooks/mode", order_webhook_mode},
	{"POST", "_sim/webhooks/release", order_webhook_release},
	{"POST", "_sim/webhooks/send", order_webhook_send},
	{"POST", "_sim/webhooks/flush", order_webhook_flush},
	{"POST", "_sim/webhooks/*/resend", order_webhook_resend},
};

/* Returns the handler of a request, or NULL. */
static order_handler
find_handler(const struct exchange *exchange)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
	{
		if (strcmp(routes[i].method, exchange->method) == 0 &&
			http_path_is(exchange, routes[i].path))
			return routes[i].handler;
	}
	return NULL;
}

/* Answers one request to the control port. */
static enum MHD_Result
control_answer(struct exchange *exchange)
{
	order_handler handler = find_handler(exchange);
	json_t	   *body = exchange->body_size == 0 ? json_object()
		: json_loadb(exchange->body, exchange->body_size, JSON_REJECT_DUPLICATES, NULL);
	struct order order = {exchange, body, 200, NULL};
	json_t	   *answer = NULL;

	if (handler == NULL)
		problem(&order, 404, "there is no such route");
	else if (!json_is_object(body) || exchange->body_too_large)
		problem(&order, 400, "the body must be a JSON object of at most 4 MiB");
	else
		answer = handler(&order);
	if (answer == NULL)
		answer = json_pack("{s:s}", "error", order.problem);
	json_decref(body);
	store_sync();
	return http_send_json(exchange, order.status, answer);
}

/* Returns how large a body may be. */
static size_t
control_body_limit(const char *path)
{
	(void) path;
	return BODY_LIMIT;
}

const struct service control_service = {control_answer, control_body_limit};

/* Opens the control port; a port 0 becomes the one found free. */
bool
control_start(void)
{
	control = http_listen("127.0.0.1", config.control_port, &control_service);
	if (control == NULL)
		return false;
	config.control_port = http_port(control);
	return true;
}

/* Closes the control port. */
void
control_stop(void)
{
	MHD_stop_daemon(control);
}
