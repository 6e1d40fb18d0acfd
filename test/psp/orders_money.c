/*
 * orders_money.c
 *	  Control routes that look at payments and refunds, or force them.
 */
#include "control.h"

#include <string.h>

#include "clock.h"
#include "fields.h"
#include "ledger.h"
#include "payments.h"
#include "refunds.h"
#include "states.h"

/* Returns a payment as tests see it. */
static json_t *
payment_json(const struct payment *payment)
{
	char		expires[ISO_SIZE] = "";
	size_t		received = json_array_size(payment->idempotency_keys);
	json_t	   *json;

	if (payment->exists)
		clock_iso(payment->expires_ms, expires);
	json = json_pack("{s:s, s:s?, s:I, s:s, s:I, s:I, s:I, s:i, s:i, s:O, s:O?, s:O?, s:O?,"
					 " s:s, s:i, s:i, s:i, s:i, s:I, s:b}",
					 "payment_id", payment->id,
					 "status", payment->exists ? payment->status : NULL,
					 "amount", (json_int_t) payment->amount,
					 "currency", payment->currency,
					 "captured_minor", (json_int_t) payment_captured(payment),
					 "refunded_minor", (json_int_t) payment_refunded(payment),
					 "capturable_minor", (json_int_t) payment_capturable(payment),
					 "creates_received", (int) received, "creates_done", payment->exists,
					 "idempotency_keys", payment->idempotency_keys,
					 "metadata", json_object_get(payment->request, "metadata"),
					 "merchant_order_reference_id",
					 json_object_get(payment->request, "merchant_order_reference_id"),
					 "customer_id", json_object_get(payment->request, "customer_id"),
					 "expires_on", expires, "retrieves", payment->retrieves,
					 "cancels", payment->cancels, "confirms", payment->confirms,
					 "attempt_count", payment->attempt_count,
					 "session_expiry", (json_int_t) payment->session_expiry,
					 "payment_id_conforms", strlen(payment->id) == 30);
	json_object_set_new(json, "amount_received", payment->amount_received == NO_MONEY
						? json_null() : json_integer(payment->amount_received));
	return json;
}

/* Returns a refund as tests see it. */
static json_t *
refund_json(const struct refund *refund)
{
	return json_pack("{s:s, s:s, s:I, s:s, s:s?, s:O?, s:i, s:i}",
					 "refund_id", refund->id, "payment_id", refund->payment_id,
					 "amount", (json_int_t) refund->amount, "currency", refund->currency,
					 "status", refund->exists ? refund->status : NULL,
					 "reason", json_object_get(refund->request, "reason"),
					 "creates_received", refund->creates_received,
					 "creates_done", refund->exists);
}

/* Adds an amount to the sum of a currency, at most to the largest number. */
static void
add_to_sum(json_t *sums, const char *currency, int64_t amount)
{
	json_int_t	sum = get_integer(sums, currency, 0);

	if (amount == 0)
		return;
	if (__builtin_add_overflow(sum, (json_int_t) amount, &sum))
		sum = INT64_MAX;
	json_object_set_new(sums, currency, json_integer(sum));
}

/* GET /_sim/ledger */
json_t *
order_ledger(struct order *order)
{
	json_t	   *payments = json_array();
	json_t	   *not_created = json_array();
	json_t	   *refunds = json_array();
	json_t	   *refunds_not_created = json_array();
	json_t	   *captured = json_object();
	json_t	   *refunded = json_object();

	(void) order;
	ledger_lock();
	for (size_t i = 0; i < ledger.payments.count; i++)
	{
		const struct payment *payment = ledger_payment_at(i);

		json_array_append_new(payment->exists ? payments : not_created,
							  payment_json(payment));
		add_to_sum(captured, payment->currency, payment_captured(payment));
	}
	for (size_t i = 0; i < ledger.refunds.count; i++)
	{
		const struct refund *refund = ledger_refund_at(i);

		json_array_append_new(refund->exists ? refunds : refunds_not_created,
							  refund_json(refund));
		if (refund->exists && strcmp(refund->status, "succeeded") == 0)
			add_to_sum(refunded, refund->currency, refund->amount);
	}
	ledger_unlock();
	return json_pack("{s:o, s:o, s:{s:o, s:o}, s:o, s:o}", "payments", payments,
					 "refunds", refunds, "totals", "captured", captured, "refunded", refunded,
					 "not_created", not_created, "refunds_not_created", refunds_not_created);
}

/* GET /_sim/payments/{id} */
json_t *
order_payment(struct order *order)
{
	const char *id = order->exchange->segment[2];
	json_t	   *json = NULL;

	ledger_lock();
	for (size_t i = 0; i < ledger.payments.count && json == NULL; i++)
	{
		const struct payment *payment = ledger_payment_at(i);

		if (strcmp(payment->id, id) != 0)
			continue;
		json = payment_json(payment);
		json_object_set_new(json, "client_secret", payment->exists
							? json_string(payment->client_secret) : json_null());
	}
	ledger_unlock();
	return json != NULL ? json : problem(order, 404, "no create for that payment arrived");
}

/* Forces a payment as the body says. */
static void
force(struct payment *payment, const json_t *body)
{
	const char *status = get_string(body, "status", payment->status);
	const json_t *retry = json_object_get(body, "manual_retry_allowed");

	payment->amount = get_integer(body, "amount", payment->amount);
	copy_text(payment->currency, sizeof(payment->currency),
			  get_string(body, "currency", payment->currency));
	copy_text(payment->error_code, sizeof(payment->error_code),
			  get_string(body, "error_code", strcmp(status, "failed") == 0
						 ? "card_declined" : ""));
	copy_text(payment->error_message, sizeof(payment->error_message),
			  get_string(body, "error_message", strcmp(status, "failed") == 0
						 ? "Your card was declined." : ""));
	if (json_is_boolean(retry))
		payment->manual_retry = json_is_true(retry);
	payment->attempted = true;
	payment_become(payment, status, get_integer(body, "amount_received", NO_MONEY),
				   get_bool(body, "webhook", true));
	copy_text(payment->scripted, sizeof(payment->scripted), get_string(body, "then", ""));
}

/* POST /_sim/payments/{id}/transition */
json_t *
order_payment_transition(struct order *order)
{
	const char *status = get_string(order->body, "status", "");
	struct payment *payment;
	json_t	   *json = NULL;

	if (status[0] == '\0' || strlen(status) >= WORD_SIZE)
		return problem(order, 400, "status must be a word");
	ledger_lock();
	payment = ledger_payment(order->exchange->segment[2]);
	if (payment != NULL)
	{
		force(payment, order->body);
		json = payment_json(payment);
	}
	ledger_unlock();
	return json != NULL ? json : problem(order, 404, "there is no such payment");
}

/* POST /_sim/payments/{id}/expire */
json_t *
order_payment_expire(struct order *order)
{
	struct payment *payment;
	json_t	   *json = NULL;
	bool		final = false;

	ledger_lock();
	payment = ledger_payment(order->exchange->segment[2]);
	if (payment != NULL)
	{
		final = status_permits(payment->status, IS_FINAL);
		if (!final)
		{
			if (!payment_session_over(payment))
				payment->expires_ms = clock_now_ms();
			payment_become(payment, "expired", NO_MONEY, true);
		}
		json = payment_json(payment);
	}
	ledger_unlock();
	if (json == NULL)
		return problem(order, 404, "there is no such payment");
	if (!final)
		return json;
	json_decref(json);
	return problem(order, 409, "the payment is final already");
}

/* POST /_sim/refunds/{id}/transition */
json_t *
order_refund_transition(struct order *order)
{
	const char *status = get_string(order->body, "status", "");
	struct refund *refund;
	json_t	   *json = NULL;

	if (status[0] == '\0' || strlen(status) >= WORD_SIZE)
		return problem(order, 400, "status must be a word");
	ledger_lock();
	refund = ledger_refund(order->exchange->segment[2]);
	if (refund != NULL)
	{
		refund_become(refund, status, get_bool(order->body, "webhook", true));
		json = refund_json(refund);
	}
	ledger_unlock();
	return json != NULL ? json : problem(order, 404, "there is no such refund");
}

/* Takes over a setting if it is named and one of the words. */
static bool
set_word(const json_t *body, const char *name, const char *words, char out[WORD_SIZE])
{
	const char *word = get_string(body, name, NULL);

	if (word == NULL)
		return true;
	if (!word_in(words, word))
		return false;
	copy_text(out, WORD_SIZE, word);
	return true;
}

/* POST /_sim/settings */
json_t *
order_settings(struct order *order)
{
	struct settings changed;
	bool		fine;

	ledger_lock();
	changed = ledger.settings;
	changed.manual_retry_enabled = get_bool(order->body, "manual_retry_enabled",
											changed.manual_retry_enabled);
	fine = set_word(order->body, "mit_outcome", " succeeded failed processing ",
					changed.mit_outcome) &&
		set_word(order->body, "confirm_outcome",
				 " succeeded failed processing requires_customer_action ",
				 changed.confirm_outcome) &&
		set_word(order->body, "processing_outcome", " succeeded failed cancelled none ",
				 changed.processing_outcome) &&
		set_word(order->body, "refund_outcome", " succeeded pending failed ",
				 changed.refund_outcome);
	if (fine)
	{
		ledger.settings = changed;
		ledger_changed();
	}
	ledger_unlock();
	if (!fine)
		return problem(order, 400, "an outcome is not one of those known");
	return json_pack("{s:b, s:s, s:s, s:s, s:s}",
					 "manual_retry_enabled", changed.manual_retry_enabled,
					 "mit_outcome", changed.mit_outcome,
					 "confirm_outcome", changed.confirm_outcome,
					 "processing_outcome", changed.processing_outcome,
					 "refund_outcome", changed.refund_outcome);
}
