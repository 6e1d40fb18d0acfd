/*
 * calls.c
 *	  The operations of the API, one function for each route.
 *
 * Each runs with the ledger locked and either leaves a result or a refusal.
 */
#include "calls.h"

#include <sodium.h>
#include <string.h>

#include "body.h"
#include "fields.h"
#include "payments.h"
#include "refunds.h"
#include "wire.h"

/* Finds the call's payment or refuses. */
static struct payment *
find_payment(struct call *call)
{
	struct payment *payment = ledger_payment(call->id);

	if (payment == NULL)
		refuse(&call->refusal, 404, "HE_02", "Payment does not exist in our records");
	return payment;
}

/* Tells whether two strings are the same without telling where they differ. */
bool
same_secret(const char *given, const char *expected)
{
	size_t		length = strlen(expected);

	return strlen(given) == length && sodium_memcmp(given, expected, length) == 0;
}

/* Accepts the client secret of the payment; a client cannot do without. */
static bool
check_client_secret(struct call *call, const struct payment *payment)
{
	const char *given = get_string(call->body, "client_secret", NULL);

	if (given == NULL)
		given = http_query(call->exchange, "client_secret");
	if (given == NULL)
		return !call->by_client ||
			refuse(&call->refusal, 400, "IR_08", "client_secret was not provided");
	if (!same_secret(given, payment->client_secret))
		return refuse(&call->refusal, 400, "IR_09", "The client_secret provided does not match"
					  " the client_secret associated with the Payment");
	if (payment_session_over(payment))
		return refuse(&call->refusal, 400, "IR_08", "The provided client_secret has expired");
	return true;
}

/* POST /payments */
static bool
run_create(struct call *call)
{
	struct payment *payment;

	if (!body_create(call->body, &call->refusal) ||
		!payment_create(call->body, call->id, &payment, &call->refusal))
		return false;
	call->result = wire_payment(payment, false);
	return true;
}

/* GET /payments/{id} */
static bool
run_retrieve(struct call *call)
{
	struct payment *payment = find_payment(call);
	const char *sync = http_query(call->exchange, "force_sync");
	const char *expand = http_query(call->exchange, "expand_attempts");

	if (payment == NULL || !check_client_secret(call, payment))
		return false;
	if (sync != NULL && strcmp(sync, "true") == 0)
		payment_sync(payment);
	call->result = wire_payment(payment, expand != NULL && strcmp(expand, "true") == 0);
	return true;
}

/* POST /payments/{id} */
static bool
run_update(struct call *call)
{
	struct payment *payment = find_payment(call);

	if (payment == NULL || !body_payment(call->body, &call->refusal) ||
		!payment_update(payment, call->body, &call->refusal))
		return false;
	call->result = wire_payment(payment, false);
	return true;
}

/* POST /payments/{id}/confirm */
static bool
run_confirm(struct call *call)
{
	struct payment *payment = find_payment(call);

	if (payment == NULL || !body_payment(call->body, &call->refusal) ||
		!check_client_secret(call, payment) ||
		!payment_attempt(payment, ledger.settings.confirm_outcome, false, &call->refusal))
		return false;
	call->result = wire_payment(payment, false);
	return true;
}

/* POST /payments/{id}/cancel */
static bool
run_cancel(struct call *call)
{
	struct payment *payment = find_payment(call);

	return payment != NULL && body_cancel(call->body, &call->refusal) &&
		payment_cancel(payment, get_string(call->body, "cancellation_reason", ""),
					   &call->refusal);
}

/* POST /payments/{id}/capture */
static bool
run_capture(struct call *call)
{
	struct payment *payment = find_payment(call);

	if (payment == NULL || !body_capture(call->body, &call->refusal) ||
		!payment_capture(payment, get_integer(call->body, "amount_to_capture", -1),
						 &call->refusal))
		return false;
	call->result = wire_payment(payment, false);
	return true;
}

/* POST /refunds */
static bool
run_refund(struct call *call)
{
	struct refund *refund;

	if (!body_refund(call->body, &call->refusal) ||
		!refund_create(call->body, call->id, &refund, &call->refusal))
		return false;
	call->result = wire_refund(refund);
	return true;
}

/* GET /refunds/{id} */
static bool
run_refund_retrieve(struct call *call)
{
	const struct refund *refund = ledger_refund(call->id);

	if (refund == NULL)
		return refuse(&call->refusal, 404, "HE_02", "Refund does not exist in our records.");
	call->result = wire_refund(refund);
	return true;
}

/* POST /customers */
static bool
run_customer(struct call *call)
{
	if (!body_customer(call->body, &call->refusal))
		return false;
	if (json_object_get(ledger.customers, call->id) != NULL)
		return refuse(&call->refusal, 400, "IR_12",
					  "Customer with the given `customer_id` already exists");
	call->result = wire_customer(call->body, call->id);
	json_object_set(ledger.customers, call->id, call->result);
	ledger_changed();
	return true;
}

static const struct route routes[] = {
	{"POST", "payments", "create", false, "payment_id", "pay", run_create},
	{"GET", "payments/*", "retrieve", true, NULL, NULL, run_retrieve},
	{"POST", "payments/*", "update", false, NULL, NULL, run_update},
	{"POST", "payments/*/confirm", "confirm", true, NULL, NULL, run_confirm},
	{"POST", "payments/*/cancel", "cancel", false, NULL, NULL, run_cancel},
	{"POST", "payments/*/capture", "capture", false, NULL, NULL, run_capture},
	{"POST", "refunds", "refund", false, "refund_id", "ref", run_refund},
	{"GET", "refunds/*", "refund_retrieve", false, NULL, NULL, run_refund_retrieve},
	{"POST", "customers", "customer", false, "customer_id", "cus", run_customer},
};

/* Finds the route of a request; path_known tells a wrong method from a wrong path. */
const struct route *
find_route(const struct exchange *exchange, bool *path_known)
{
	*path_known = false;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
	{
		if (!http_path_is(exchange, routes[i].path))
			continue;
		*path_known = true;
		if (strcmp(routes[i].method, exchange->method) == 0)
			return &routes[i];
	}
	return NULL;
}

/* Counts a request before anything is decided about it. */
void
count_request(const struct route *route, const struct call *call)
{
	const char *key = http_header(call->exchange, "Idempotency-Key");
	struct payment *payment = ledger_payment(call->id);

	if (route->run == run_create)
	{
		json_t	   *known = key != NULL ? json_string(key) : NULL;

		json_array_append_new(ledger_payment_slot(call->id)->idempotency_keys,
							  known != NULL ? known : json_null());
	}
	else if (route->run == run_refund)
		ledger_refund_slot(call->id)->creates_received++;
	else if (payment == NULL)
		return;
	else if (route->run == run_retrieve)
		payment->retrieves++;
	else if (route->run == run_cancel)
		payment->cancels++;
	else if (route->run == run_confirm)
		payment->confirms++;
	else
		return;
	ledger_changed();
}
