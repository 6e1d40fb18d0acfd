/*
 * hyperswitch.c
 *		Speaking with the payment provider (see hyperswitch.h).
 *
 * Facts of the wire that shape this file: a second create with the same
 * payment_id is refused with HE_01, so "create" is POST, and GET on HE_01; an
 * error may come as {"error":{...}}, flat, or with HTTP 200; a cancel that
 * comes too late is IR_16, and GET tells what is true.
 */
#include "hyperswitch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foreign.h"

/* Nobody has this payment: our ids are base32, which has no 0. */
#define PROBE_PAYMENT "pay_00000000000000000000000000"

#define READ(member)	{(member), false}
#define WORDS(member)	{(member), true}

/* The members of an answer that anybody reads. What is not here may hold anything. */
static const ForeignName names_read[] = {
	READ("payment_id"), READ("refund_id"), READ("status"), READ("amount"), READ("currency"),
	READ("amount_received"), READ("net_amount"), READ("expires_on"), READ("created"), READ("created_at"),
	READ("updated"), READ("updated_at"), READ("modified_at"), READ("client_secret"), READ("payment_method_id"),
	READ("manual_retry_allowed"), READ("attempt_count"), READ("metadata"), READ("subscription_id"), READ("refunds"),
	READ("disputes"), READ("dispute_id"), READ("dispute_status"),
	READ("error"), READ("error_type"), READ("code"), READ("error_code"), WORDS("message"), WORDS("error_message")
};

/* What the provider's error body says. */
typedef struct PspError
{
	const char *code;
	const char *message;
} PspError;

/* order_text reads a text member of the order. */
static const char *
order_text(const PspOrder *order, const char *name)
{
	return json_string_value(json_object_get(order->request, name));
}

/* is_kind compares the order's kind. */
static bool
is_kind(const PspOrder *order, const char *kind)
{
	return strcmp(order->kind, kind) == 0;
}

/* is_refund says whether the order is about a refund. */
static bool
is_refund(const PspOrder *order)
{
	return is_kind(order, "psp_refund") || is_kind(order, "psp_refund_retrieve");
}

/* call_of sets how a call is made, the path apart; true, so that makers of calls can end with it. */
static bool
call_of(PspCall *call, const char *method, char *body, bool is_slow)
{
	call->method = method;
	call->body = body;
	call->is_slow = is_slow;
	return true;
}

/* query_call makes the call that reads the payment or the refund. */
static bool
query_call(const PspOrder *order, PspCall *call)
{
	bool		force = json_is_true(json_object_get(order->request, "force_sync"));

	if (is_refund(order))
		snprintf(call->path, sizeof(call->path), "/refunds/%s", order_text(order, "refund_id"));
	else
		snprintf(call->path, sizeof(call->path), "/payments/%s%s", order_text(order, "payment_id"),
				 force ? "?force_sync=true" : "");
	return call_of(call, "GET", NULL, force || is_refund(order));
}

/* create_body makes the body of POST /payments. */
static char *
create_body(const PspOrder *order)
{
	char		attempt[16];
	json_t	   *body;
	char	   *text;

	snprintf(attempt, sizeof(attempt), "%d",
			 (int) json_integer_value(json_object_get(order->request, "attempt_no")));
	body = json_pack("{s:s, s:O, s:s, s:s, s:b, s:s, s:s, s:O, s:s, s:s, s:{s:s, s:s, s:s}}",
					 "payment_id", order_text(order, "payment_id"),
					 "amount", json_object_get(order->request, "amount"),
					 "currency", order_text(order, "currency"),
					 "customer_id", order_text(order, "customer_id"),
					 "confirm", 0,
					 "capture_method", "automatic",
					 "setup_future_usage", "off_session",
					 "session_expiry", json_object_get(order->request, "session_expiry"),
					 "merchant_order_reference_id", order_text(order, "subscription_id"),
					 "description", order_text(order, "description"),
					 "metadata",
					 "subscription_id", order_text(order, "subscription_id"),
					 "attempt_no", attempt,
					 "purpose", order_text(order, "purpose"));
	if (body == NULL)
		return NULL;
	if (order_text(order, "return_url") != NULL)
		json_object_set_new(body, "return_url", json_string(order_text(order, "return_url")));
	if (order->profile_id != NULL)
		json_object_set_new(body, "profile_id", json_string(order->profile_id));
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return text;
}

/* refund_body makes the body of POST /refunds. */
static char *
refund_body(const PspOrder *order)
{
	json_t	   *body = json_pack("{s:s, s:s, s:O, s:s}",
								 "refund_id", order_text(order, "refund_id"),
								 "payment_id", order_text(order, "payment_id"),
								 "amount", json_object_get(order->request, "amount"),
								 "reason", order_text(order, "reason"));
	char	   *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

	json_decref(body);
	return text;
}

/* cancel_body makes the body of POST /payments/ID/cancel. */
static char *
cancel_body(const PspOrder *order)
{
	json_t	   *body = json_pack("{s:s}", "cancellation_reason", order_text(order, "cancellation_reason"));
	char	   *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

	json_decref(body);
	return text;
}

/* action_call makes the call that carries the order out. */
static bool
action_call(PspOrder *order, PspCall *call)
{
	char	   *body = NULL;

	order->step = PSP_STEP_ACT;
	if (is_kind(order, "psp_create"))
	{
		snprintf(call->path, sizeof(call->path), "/payments");
		body = create_body(order);
		return body != NULL && call_of(call, "POST", body, false);
	}
	if (is_kind(order, "psp_refund"))
	{
		snprintf(call->path, sizeof(call->path), "/refunds");
		body = refund_body(order);
		return body != NULL && call_of(call, "POST", body, true);
	}
	if (is_kind(order, "psp_cancel"))
	{
		snprintf(call->path, sizeof(call->path), "/payments/%s/cancel", order_text(order, "payment_id"));
		body = cancel_body(order);
		return body != NULL && call_of(call, "POST", body, false);
	}
	order->step = PSP_STEP_READ;
	return query_call(order, call);
}

bool
psp_begin(PspOrder *order, PspCall *call)
{
	memset(call, 0, sizeof(*call));
	if (order_text(order, is_refund(order) ? "refund_id" : "payment_id") == NULL)
		return false;
	/* An order that may have arrived before is looked for first. */
	if (order->may_have_been_sent && (is_kind(order, "psp_create") || is_kind(order, "psp_refund")))
	{
		order->step = PSP_STEP_LOOK;
		return query_call(order, call);
	}
	return action_call(order, call);
}

/* error_of reads an error body, wrapped or flat; false when it is none. */
static bool
error_of(const json_t *body, PspError *error)
{
	const json_t *e = json_object_get(body, "error");

	if (!json_is_object(e))
		e = json_object_get(body, "error_type") != NULL && json_object_get(body, "code") != NULL ? body : NULL;
	if (e == NULL)
		return false;
	error->code = json_string_value(json_object_get(e, "code"));
	error->message = json_string_value(json_object_get(e, "message"));
	return true;
}

/* copy_truncated copies a text as far as there is room, and cuts it between two characters. */
static void
copy_truncated(char *out, size_t size, const char *text)
{
	size_t		len = text ? strlen(text) : 0;

	if (len >= size)
	{
		len = size - 1;
		while (len > 0 && (text[len] & 0xC0) == 0x80)
			len--;
	}
	snprintf(out, size, "%.*s", (int) len, text ? text : "");
}

/* finish_without_facts writes an outcome without facts. */
static bool
finish_without_facts(PspOutcome *outcome, const char *word, int status, const char *code, const char *message)
{
	outcome->word = word;
	outcome->http_status = status;
	copy_truncated(outcome->error_code, sizeof(outcome->error_code), code);
	copy_truncated(outcome->error_message, sizeof(outcome->error_message), message);
	return false;
}

/* parse_answer parses what is read of an answer; NULL when it is none. */
static json_t *
parse_answer(const char *text, size_t length)
{
	char	   *kept = foreign_keep(text, length, names_read, sizeof(names_read) / sizeof(names_read[0]));
	json_t	   *body = kept ? json_loads(kept, JSON_REJECT_DUPLICATES, NULL) : NULL;

	free(kept);
	return body;
}

const char *
psp_not_sent(const PspOrder *order)
{
	return order->step == PSP_STEP_READ ? "unknown" : "not_sent";
}

/* copy_members copies these members of a body, unless they are objects or lists. */
static void
copy_members(json_t *facts, const json_t *body, const char *const *names)
{
	for (size_t i = 0; names[i] != NULL; i++)
	{
		json_t	   *value = json_object_get(body, names[i]);

		if (value != NULL && !json_is_object(value) && !json_is_array(value))
			json_object_set(facts, names[i], value);
	}
}

/* copy_list copies these members of each item of a list that is not empty. */
static void
copy_list(json_t *facts, const json_t *body, const char *name, const char *const *names)
{
	const json_t *list = json_object_get(body, name);
	json_t	   *copy;
	size_t		i;
	json_t	   *item;

	if (json_array_size(list) == 0)
		return;
	copy = json_array();
	json_array_foreach(list, i, item)
	{
		json_t	   *members = json_object();

		copy_members(members, item, names);
		json_array_append_new(copy, members);
	}
	json_object_set_new(facts, name, copy);
}

/* facts_of copies what the database wants to know about a payment or a refund. */
static json_t *
facts_of(const json_t *body)
{
	static const char *const names[] = {"payment_id", "refund_id", "status", "amount", "currency",
		"amount_received", "net_amount", "expires_on", "updated", "updated_at", "modified_at", "error_code",
	"error_message", "payment_method_id", "manual_retry_allowed", "attempt_count", NULL};
	static const char *const of_refund[] = {"refund_id", "status", "amount", "currency", "error_code",
	"error_message", NULL};
	static const char *const of_dispute[] = {"dispute_id", "dispute_status", NULL};
	const json_t *subscription = json_object_get(json_object_get(body, "metadata"), "subscription_id");
	json_t	   *facts = json_object();

	copy_members(facts, body, names);
	copy_list(facts, body, "refunds", of_refund);
	copy_list(facts, body, "disputes", of_dispute);
	if (json_is_string(subscription))
		json_object_set_new(facts, "metadata", json_pack("{s:O}", "subscription_id", subscription));
	return facts;
}

/* is_about_order says whether an answer is the payment or refund that was asked about. */
static bool
is_about_order(const PspOrder *order, const json_t *body)
{
	const char *name = is_refund(order) ? "refund_id" : "payment_id";
	const char *id = json_string_value(json_object_get(body, name));

	return id != NULL && strcmp(id, order_text(order, name)) == 0 &&
		json_is_string(json_object_get(body, "status")) &&
		json_is_integer(json_object_get(body, "amount")) &&
		json_is_string(json_object_get(body, "currency"));
}

/* finish_with_facts ends the order with the provider's facts. */
static bool
finish_with_facts(const PspOrder *order, int status, const json_t *body, PspOutcome *outcome)
{
	const char *secret = json_string_value(json_object_get(body, "client_secret"));

	if (!is_about_order(order, body))
	{
		outcome->is_failure = true;
		return finish_without_facts(outcome, "unknown", status, "invalid_answer", "the answer is not about what was asked");
	}
	finish_without_facts(outcome, "ok", status, NULL, NULL);
	outcome->facts = facts_of(body);
	outcome->secret = secret ? strdup(secret) : NULL;
	return false;
}

/* follow_error ends the order, or goes on, after an error of the provider. */
static bool
follow_error(PspOrder *order, int status, const PspError *error, PspCall *call, PspOutcome *outcome)
{
	const char *code = error->code ? error->code : "";

	if (status == 401)
	{
		outcome->is_wrong_key = true;
		return finish_without_facts(outcome, psp_not_sent(order), status, code, error->message);
	}
	if (strcmp(code, "HE_02") == 0)
	{
		if (order->step == PSP_STEP_LOOK)
			return action_call(order, call) || finish_without_facts(outcome, "refused", status, "invalid_order", NULL);
		if (order->step == PSP_STEP_READ || is_kind(order, "psp_cancel"))
		{
			finish_without_facts(outcome, "ok", status, code, error->message);
			outcome->facts = json_pack("{s:b}", "not_found", 1);
			return false;
		}
	}
	/* It is there already, or can no longer be cancelled: what is true, a GET tells. */
	if (order->step == PSP_STEP_ACT &&
		(strcmp(code, "HE_01") == 0 || (is_kind(order, "psp_cancel") && strcmp(code, "IR_16") == 0)))
	{
		order->step = PSP_STEP_READ;
		return query_call(order, call);
	}
	/* 422 is a busy resource under these codes, and a wrong request otherwise. */
	if (status >= 500 || status == 429 || status == 408 ||
		(status == 422 && (strcmp(code, "HE_00") == 0 || strcmp(code, "WE_05") == 0)))
	{
		/* CE_ is the provider's word about a bank behind it. */
		outcome->is_failure = status != 422 && strncmp(code, "CE_", 3) != 0;
		return finish_without_facts(outcome, "unknown", status, code, error->message);
	}
	return finish_without_facts(outcome, "refused", status, code, error->message);
}

/* is_foreign says whether an answer cannot be the provider's: something between us and it has spoken. */
static bool
is_foreign(int status, const json_t *body, const PspError *error)
{
	return status < 200 || (status >= 300 && status < 400) || (status < 300 && !json_is_object(body)) ||
		(status == 404 && error->code == NULL);
}

bool
psp_continue(PspOrder *order, int status, const char *text, size_t length, PspCall *call, PspOutcome *outcome)
{
	bool		is_success = status >= 200 && status < 300;
	PspError	error = {NULL, NULL};
	json_t	   *body;
	bool		is_error;
	bool		more;

	memset(call, 0, sizeof(*call));
	memset(outcome, 0, sizeof(*outcome));
	/* A cancel answers 200 with an empty body. */
	if (is_success && is_kind(order, "psp_cancel") && order->step == PSP_STEP_ACT &&
		strspn(text, " \t\r\n") == length)
	{
		order->step = PSP_STEP_READ;
		return query_call(order, call);
	}
	body = parse_answer(text, length);
	is_error = error_of(body, &error) || !is_success;
	if (is_foreign(status, body, &error))
	{
		outcome->is_failure = true;
		more = finish_without_facts(outcome, "unknown", status, "invalid_answer", "the answer is not the provider's");
	}
	else if (is_error)
		more = follow_error(order, status, &error, call, outcome);
	else if (is_kind(order, "psp_cancel") && order->step == PSP_STEP_ACT)
	{
		order->step = PSP_STEP_READ;
		more = query_call(order, call);
	}
	else
		more = finish_with_facts(order, status, body, outcome);
	json_decref(body);
	return more;
}

void
psp_probe_order(PspOrder *order)
{
	*order = (PspOrder) {.kind = "psp_retrieve", .request = json_pack("{s:s}", "payment_id", PROBE_PAYMENT)};
}

json_t *
psp_probe_facts(const PspOutcome *outcome)
{
	bool		works = strcmp(outcome->word, "ok") == 0;

	return json_pack("{s:b, s:b, s:s}", "works", works, "reachable", outcome->http_status != 0,
					 "credentials", works ? "accepted" : outcome->is_wrong_key ? "refused" : "unknown");
}

void
psp_outcome_free(PspOutcome *outcome)
{
	json_decref(outcome->facts);
	free(outcome->secret);
	memset(outcome, 0, sizeof(*outcome));
}
