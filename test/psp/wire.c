/*
 * wire.c
 *	  The JSON bodies that travel to the PSP's clients.
 *
 * Source: the published schemas PaymentsResponse, RefundResponse,
 * CustomerResponse and OutgoingWebhook, which every body here satisfies.
 */
#include "wire.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "fields.h"
#include "states.h"

#define CONNECTOR "pspsim"
#define PROFILE_ID "pro_pspsim"

/* The schema wants at least this, also of a payment with nothing to capture. */
#define LEAST_CAPTURABLE 100

/* Returns a time as JSON. */
static json_t *
time_json(int64_t ms)
{
	char		text[ISO_SIZE];

	clock_iso(ms, text);
	return json_string(text);
}

/* Returns the text as JSON, null when there is none. */
static json_t *
text_json(const char *text)
{
	return text[0] != '\0' ? json_string(text) : json_null();
}

/* Returns an id that is always the same for the same words. */
static json_t *
stable_id(const char *prefix, const char *words)
{
	unsigned char digest[10];
	char		hex[2 * sizeof(digest) + 1];

	crypto_generichash(digest, sizeof(digest), (const unsigned char *) words,
					   strlen(words), NULL, 0);
	sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
	return json_sprintf("%s_%s", prefix, hex);
}

/* Returns where the customer must go next, null when nowhere. */
static json_t *
next_action(const struct payment *payment)
{
	if (strcmp(payment->status, "requires_customer_action") != 0)
		return json_null();
	return json_pack("{s:s, s:o}", "type", "redirect_to_url", "redirect_to_url",
					 json_sprintf("%s/checkout/%s?client_secret=%s", config.public_url,
								  payment->id, payment->client_secret));
}

/* Returns the stored instrument's id when the create asked to store it. */
static json_t *
payment_method_id(const struct payment *payment)
{
	const char *customer = get_string(payment->request, "customer_id", NULL);
	const char *usage = get_string(payment->request, "setup_future_usage", "");

	if (customer == NULL || strcmp(payment->status, "succeeded") != 0 ||
		(strcmp(usage, "off_session") != 0 &&
		 !get_bool(payment->request, "off_session", false)))
		return json_null();
	return stable_id("pm", customer);
}

/* Returns the attempts so far, all but the last of them failed. */
static json_t *
attempts_json(const struct payment *payment)
{
	const struct intent_status *known = intent_status(payment->status);
	json_t	   *attempts = json_array();

	for (int i = 1; i <= payment->attempt_count; i++)
	{
		bool		last = i == payment->attempt_count;
		const char *status = !last ? "failure" : known != NULL ? known->attempt_status
			: "unresolved";

		json_array_append_new(attempts,
							  json_pack("{s:o, s:s, s:I, s:s, s:s, s:o, s:o, s:o, s:o}",
										"attempt_id", json_sprintf("%s_%d", payment->id, i),
										"status", status, "amount", (json_int_t) payment->amount,
										"currency", payment->currency, "payment_method",
										get_string(payment->request, "payment_method", "card"),
										"created_at", time_json(payment->created_ms),
										"modified_at", time_json(payment->modified_ms),
										"error_code", text_json(last ? payment->error_code : "card_declined"),
										"error_message",
										text_json(last ? payment->error_message : "Your card was declined.")));
	}
	return attempts;
}

/* Returns the refunds of a payment, or NULL when it has none. */
static json_t *
refunds_json(const struct payment *payment)
{
	json_t	   *refunds = NULL;

	for (size_t i = 0; i < ledger.refunds.count; i++)
	{
		const struct refund *refund = ledger_refund_at(i);

		if (!refund->exists || strcmp(refund->payment_id, payment->id) != 0)
			continue;
		if (refunds == NULL)
			refunds = json_array();
		json_array_append_new(refunds, wire_refund(refund));
	}
	return refunds;
}

/* Adds what the connector said, null before it was asked. */
static void
add_connector_members(json_t *body, const struct payment *payment)
{
	bool		failed = strcmp(payment->status, "failed") == 0;

	json_object_set_new(body, "connector",
						payment->attempted ? json_string(CONNECTOR) : json_null());
	json_object_set_new(body, "connector_transaction_id", payment->attempted
						? stable_id("txn", payment->id) : json_null());
	json_object_set_new(body, "error_code", text_json(payment->error_code));
	json_object_set_new(body, "error_message", text_json(payment->error_message));
	json_object_set_new(body, "manual_retry_allowed",
						failed ? json_boolean(payment_may_retry(payment)) : json_null());
	json_object_set_new(body, "next_action", next_action(payment));
	json_object_set_new(body, "payment_method_id", payment_method_id(payment));
	json_object_set_new(body, "cancellation_reason",
						text_json(payment->cancellation_reason));
}

/* Returns the full snapshot of a payment, as answers and events carry it. */
json_t *
wire_payment(const struct payment *payment, bool with_attempts)
{
	int64_t		capturable = payment_capturable(payment);
	json_t	   *refunds = refunds_json(payment);
	json_t	   *body = json_object();

	/* Defaults first: what the create said replaces them. */
	json_object_set_new(body, "payment_method", json_string("card"));
	json_object_set_new(body, "profile_id", json_string(PROFILE_ID));
	json_object_set_new(body, "capture_method", json_string("automatic"));
	json_object_update(body, payment->request);
	if (json_is_null(json_object_get(body, "payment_method")))
		json_object_set_new(body, "payment_method", json_string("card"));

	json_object_set_new(body, "payment_id", json_string(payment->id));
	json_object_set_new(body, "merchant_id", json_string(MERCHANT_ID));
	json_object_set_new(body, "processor_merchant_id", json_string(MERCHANT_ID));
	json_object_set_new(body, "status", json_string(payment->status));
	json_object_set_new(body, "amount", json_integer(payment->amount));
	json_object_set_new(body, "net_amount", json_integer(payment->amount));
	json_object_set_new(body, "amount_capturable",
						json_integer(capturable < LEAST_CAPTURABLE ? LEAST_CAPTURABLE
									 : capturable));
	json_object_set_new(body, "amount_received", payment->amount_received == NO_MONEY
						? json_null() : json_integer(payment->amount_received));
	json_object_set_new(body, "currency", json_string(payment->currency));
	json_object_set_new(body, "client_secret", json_string(payment->client_secret));
	json_object_set_new(body, "created", time_json(payment->created_ms));
	json_object_set_new(body, "modified_at", time_json(payment->modified_ms));
	json_object_set_new(body, "updated", time_json(payment->modified_ms));
	json_object_set_new(body, "expires_on", time_json(payment->expires_ms));
	json_object_set_new(body, "attempt_count", json_integer(payment->attempt_count));
	add_connector_members(body, payment);
	json_object_set_new(body, "state_metadata", refunds == NULL ? json_null()
						: json_pack("{s:I, s:i}", "total_refunded_amount",
									(json_int_t) payment_refunded(payment),
									"total_disputed_amount", 0));
	json_object_set_new(body, "refunds", refunds == NULL ? json_null() : refunds);
	if (with_attempts)
		json_object_set_new(body, "attempts", attempts_json(payment));
	return body;
}

/* Returns the full snapshot of a refund. */
json_t *
wire_refund(const struct refund *refund)
{
	bool		failed = strcmp(refund->status, "failed") == 0;

	return json_pack("{s:s, s:s, s:I, s:s, s:s, s:O?, s:O?, s:o, s:o, s:o, s:o, s:s, s:s}",
					 "refund_id", refund->id, "payment_id", refund->payment_id,
					 "amount", (json_int_t) refund->amount, "currency", refund->currency,
					 "status", refund->status,
					 "reason", json_object_get(refund->request, "reason"),
					 "metadata", json_object_get(refund->request, "metadata"),
					 "error_code", text_json(failed ? "refund_declined" : ""),
					 "error_message", text_json(failed ? "The processor refused the refund." : ""),
					 "created_at", time_json(refund->created_ms),
					 "updated_at", time_json(refund->updated_ms),
					 "connector", CONNECTOR, "profile_id", PROFILE_ID);
}

/* Returns what a new customer looks like. */
json_t *
wire_customer(const json_t *body, const char *id)
{
	return json_pack("{s:s, s:o, s:O?, s:O?, s:O?, s:O?, s:O?, s:O?}",
					 "customer_id", id, "created_at", time_json(clock_now_ms()),
					 "name", json_object_get(body, "name"),
					 "email", json_object_get(body, "email"),
					 "phone", json_object_get(body, "phone"),
					 "phone_country_code", json_object_get(body, "phone_country_code"),
					 "description", json_object_get(body, "description"),
					 "metadata", json_object_get(body, "metadata"));
}

/* Returns the envelope of an outgoing webhook; takes over the object. */
json_t *
wire_event(const char *event_id, const char *event_type, const char *content_type,
		   json_t *object)
{
	return json_pack("{s:s, s:s, s:s, s:{s:s, s:o}, s:o, s:s}",
					 "merchant_id", MERCHANT_ID, "event_id", event_id,
					 "event_type", event_type,
					 "content", "type", content_type, "object", object,
					 "timestamp", time_json(clock_now_ms()),
					 "processor_merchant_id", MERCHANT_ID);
}
