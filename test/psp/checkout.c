/*
 * checkout.c
 *	  The hosted page on which a customer pays.
 *
 * Its forms stand for the PSP's browser SDK: they carry the client secret and
 * no key, and what they do is what the customer, the bank or the card would do.
 */
#include "checkout.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "fields.h"
#include "page.h"
#include "payments.h"
#include "store.h"

#define LOCATION_SIZE 512

static const char policy[] =
"default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
" base-uri 'none'; frame-ancestors 'none'";

/* Tells whether the client asked for JSON instead of a page. */
static bool
wants_json(const struct exchange *exchange)
{
	const char *accept = http_header(exchange, "Accept");

	return accept != NULL && strstr(accept, "application/json") != NULL;
}

/* Sends a page, which is taken over, and keeps the secret to this origin. */
static enum MHD_Result
send_page(struct exchange *exchange, int status, char *html)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(html), html, MHD_RESPMEM_MUST_FREE);

	MHD_add_response_header(response, "Content-Security-Policy", policy);
	MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	return http_respond(exchange, status, "text/html; charset=utf-8", response);
}

/* Sends a refusal as the client likes it. */
static enum MHD_Result
send_refusal(struct exchange *exchange, const struct refusal *refusal, const char *back)
{
	if (wants_json(exchange))
		return http_send_json(exchange, refusal->http,
							  refusal_body(refusal->code, refusal->message));
	return send_page(exchange, refusal->http,
					 page_message("This did not work", refusal->message, back));
}

/* Returns the value of a hexadecimal digit, or -1. */
static int
hex_value(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = digit != '\0' ? strchr(digits, tolower((unsigned char) digit)) : NULL;

	return found != NULL ? (int) (found - digits) : -1;
}

/* Copies the decoded value of a form's field; false when there is none. */
static bool
form_value(const char *form, const char *name, char *out, size_t size)
{
	size_t		length = strlen(name);
	size_t		used = 0;

	while (strncmp(form, name, length) != 0 || form[length] != '=')
	{
		form = strchr(form, '&');
		if (form == NULL)
			return false;
		form++;
	}
	for (form += length + 1; *form != '\0' && *form != '&' && used + 1 < size; form++)
	{
		int			high = *form == '%' ? hex_value(form[1]) : -1;
		int			low = high >= 0 ? hex_value(form[2]) : -1;

		if (low >= 0)
			form += 2;
		out[used++] = low >= 0 ? (char) (high * 16 + low) : *form == '+' ? ' ' : *form;
	}
	out[used] = '\0';
	return true;
}

/* Does to a payment what the button says. */
static bool
act(struct payment *payment, const char *action, struct refusal *refusal)
{
	if (strcmp(action, "pay") == 0)
		return payment_attempt(payment, "succeeded", true, refusal);
	if (strcmp(action, "decline") == 0)
		return payment_attempt(payment, "failed", true, refusal);
	if (strcmp(action, "processing") == 0)
		return payment_attempt(payment, "processing", true, refusal);
	if (strcmp(action, "authenticate") == 0)
		return payment_attempt(payment, "requires_customer_action", true, refusal);
	if (strcmp(action, "cancel") == 0)
		return payment_cancel(payment, "requested_by_customer", refusal);
	return refuse(refusal, 404, "IR_02", "There is no such button");
}

/* Finds the payment of the path, whose secret, if given, must be right. */
static struct payment *
find_payment(const struct exchange *exchange, const char *secret, struct refusal *refusal)
{
	struct payment *payment = ledger_payment(exchange->segment[1]);

	if (payment == NULL)
		refuse(refusal, 404, "HE_02", "There is no such payment.");
	else if (secret != NULL && !same_secret(secret, payment->client_secret))
	{
		refuse(refusal, 403, "IR_09", "The client_secret does not belong to this payment.");
		return NULL;
	}
	return payment;
}

/* GET /checkout/{payment_id} */
static enum MHD_Result
show(struct exchange *exchange)
{
	struct refusal refusal = {0};
	const struct payment *payment;
	char	   *html = NULL;
	json_t	   *json = NULL;

	ledger_lock();
	payment = find_payment(exchange, http_query(exchange, "client_secret"), &refusal);
	if (payment != NULL && wants_json(exchange))
		json = json_pack("{s:s, s:s}", "payment_id", payment->id, "status", payment->status);
	else if (payment != NULL)
		html = page_payment(payment);
	ledger_unlock();
	if (json != NULL)
		return http_send_json(exchange, 200, json);
	return html != NULL ? send_page(exchange, 200, html)
		: send_refusal(exchange, &refusal, NULL);
}

/* POST /checkout/{payment_id}/{action} */
static enum MHD_Result
press(struct exchange *exchange)
{
	struct refusal refusal = {0};
	struct payment *payment;
	char		secret[256] = "";
	char		location[LOCATION_SIZE] = "";
	json_t	   *json = NULL;
	bool		done = false;
	struct MHD_Response *response;

	form_value(exchange->body, "client_secret", secret, sizeof(secret));
	ledger_lock();
	payment = find_payment(exchange, secret, &refusal);
	if (payment != NULL)
	{
		snprintf(location, sizeof(location), "/checkout/%s?client_secret=%s", payment->id,
				 payment->client_secret);
		done = act(payment, exchange->segment[2], &refusal);
		json = json_pack("{s:s, s:s}", "payment_id", payment->id, "status", payment->status);
	}
	ledger_unlock();
	store_sync();
	if (done && wants_json(exchange))
		return http_send_json(exchange, 200, json);
	json_decref(json);
	if (!done)
		return send_refusal(exchange, &refusal, location[0] != '\0' ? location : NULL);
	response = MHD_create_response_from_buffer(0, (void *) "", MHD_RESPMEM_PERSISTENT);
	MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, location);
	return http_respond(exchange, 303, NULL, response);
}

/* Answers a request below /checkout/. */
enum MHD_Result
checkout_answer(struct exchange *exchange)
{
	struct refusal refusal;

	if (http_path_is(exchange, "checkout/*") && strcmp(exchange->method, "GET") == 0)
		return show(exchange);
	if (http_path_is(exchange, "checkout/*/*") && strcmp(exchange->method, "POST") == 0)
	{
		if (!exchange->body_too_large)
			return press(exchange);
		refuse(&refusal, 413, "IR_06", "The form is too large.");
	}
	else
		refuse(&refusal, 404, "IR_02", "There is no such page.");
	return send_refusal(exchange, &refusal, NULL);
}
