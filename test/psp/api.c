/*
 * api.c
 *	  The PSP's API, as its clients see it.
 *
 * A request is authenticated, counted, given the fault that waits for it, and
 * carried out under the ledger's lock; its answer leaves after the state file
 * holds what it says.  Only an authenticated request is recorded or gets a fault.
 */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "checkout.h"
#include "clock.h"
#include "config.h"
#include "faults.h"
#include "fields.h"
#include "payments.h"
#include "record.h"
#include "store.h"

#define BODY_LIMIT 1048576
#define CHECKOUT_BODY_LIMIT 16384
#define CHOSEN_LENGTH 26		/* with its prefix, the published length */

/* Decides which id a call is about; a create may leave the choice to us. */
static bool
identify(const struct route *route, struct call *call)
{
	const json_t *member = route->id_member != NULL
		? json_object_get(call->body, route->id_member) : NULL;
	char		chosen[CHOSEN_LENGTH + 1];

	if (route->id_member == NULL)
	{
		/* An id that nobody can have is simply not found. */
		copy_text(call->id, sizeof(call->id), call->exchange->segment[1]);
		return true;
	}
	if (json_is_string(member))
	{
		copy_text(call->id, sizeof(call->id), json_string_value(member));
		return id_valid(json_string_value(member));
	}
	random_word(chosen, CHOSEN_LENGTH);
	snprintf(call->id, sizeof(call->id), "%s_%s", route->id_prefix, chosen);
	return member == NULL || json_is_null(member);
}

/* Carries a call out and keeps what is to be answered. */
static void
carry_out(const struct route *route, struct call *call, struct answer *answer)
{
	ledger_lock();
	answer->status = 200;
	if (!route->run(call))
	{
		answer->status = call->refusal.http;
		call->result = refusal_body(call->refusal.code, call->refusal.message);
	}
	answer->body = call->result != NULL ? json_dumps(call->result, JSON_COMPACT) : strdup("");
	answer->size = strlen(answer->body);
	json_decref(call->result);
	ledger_unlock();
	store_sync();
}

/* Records and sends a refusal that comes before the operation. */
static enum MHD_Result
send_refusal(struct exchange *exchange, const struct refusal *refusal, bool record)
{
	json_t	   *json = refusal_body(refusal->code, refusal->message);
	struct answer answer = {refusal->http, json_dumps(json, JSON_COMPACT), 0};

	json_decref(json);
	answer.size = strlen(answer.body);
	if (record)
		record_exchange(exchange, answer.status, answer.body, answer.size, NULL);
	return answer_send(exchange, &answer);
}

/* Runs an understood call, through its fault if one waits for it. */
static enum MHD_Result
run_call(const struct route *route, struct call *call)
{
	struct answer answer = {0};
	struct fault fault;
	enum MHD_Result result;
	uint64_t	generation;
	bool		faulty;

	ledger_lock();
	count_request(route, call);
	faulty = faults_take(route->op, call->exchange, &fault);
	generation = ledger.generation;
	ledger_unlock();

	if (faulty)
		call->exchange->fault = fault_name(&fault);
	if (!faulty || fault.commit)
		carry_out(route, call, &answer);
	if (faulty && fault.delay_ms > 0 && !nap(fault.delay_ms))
	{
		free(answer.body);
		return faults_cut(call->exchange);
	}
	if (faulty && fault.mode == FAULT_DELAY && !fault.commit)
	{
		/* What began before a reset must not turn up after it. */
		if (ledger_generation() != generation)
			return faults_cut(call->exchange);
		carry_out(route, call, &answer);
	}
	if (faulty && fault.mode != FAULT_DELAY)
		result = faults_misbehave(call->exchange, &fault, &answer);
	else
	{
		record_exchange(call->exchange, answer.status, answer.body, answer.size,
						call->exchange->fault);
		result = answer_send(call->exchange, &answer);
	}
	free(answer.body);
	return result;
}

/* Tells which key a request came with: 2 the secret, 1 the publishable, 0 none. */
static int
key_level(const struct exchange *exchange)
{
	const char *given = http_header(exchange, "api-key");

	if (given == NULL)
		return 0;
	if (same_secret(given, config.api_key))
		return 2;
	return config.publishable_key != NULL && same_secret(given, config.publishable_key);
}

/* Answers one request to the API port. */
static enum MHD_Result
api_answer(struct exchange *exchange)
{
	struct call call = {.exchange = exchange};
	const struct route *route;
	int			level = key_level(exchange);
	bool		path_known;
	json_t	   *body = NULL;
	enum MHD_Result result;

	if (exchange->segments > 0 && strcmp(exchange->segment[0], "checkout") == 0)
		return checkout_answer(exchange);
	route = find_route(exchange, &path_known);
	if (level == 0 || (level == 1 && (route == NULL || !route->client_may)))
		refuse(&call.refusal, 401, "IR_01", "API key not provided or invalid API key used");
	else if (route == NULL && path_known)
		refuse(&call.refusal, 405, "IR_03", "The HTTP method is not applicable for this API");
	else if (route == NULL)
		refuse(&call.refusal, 404, "IR_02", "Unrecognized request URL");
	else if (exchange->body_too_large)
		refuse(&call.refusal, 413, "IR_06", "The request body is too large");
	else
		body = exchange->body_size == 0 ? json_object()
			: json_loadb(exchange->body, exchange->body_size, JSON_REJECT_DUPLICATES, NULL);
	if (route == NULL || call.refusal.http != 0)
		return send_refusal(exchange, &call.refusal, level > 0);

	call.body = body;
	call.by_client = level == 1;
	if (!json_is_object(body))
		refuse(&call.refusal, 400, "IR_06", "Json deserialize error: not an object");
	else if (!identify(route, &call))
		refuse(&call.refusal, 400, "IR_06", "Json deserialize error: `%s` is not a valid id",
			   route->id_member);
	result = call.refusal.http != 0 ? send_refusal(exchange, &call.refusal, true)
		: run_call(route, &call);
	json_decref(body);
	return result;
}

/* Returns how large a body may be under that path. */
static size_t
api_body_limit(const char *path)
{
	return strncmp(path, "/checkout/", 10) == 0 ? CHECKOUT_BODY_LIMIT : BODY_LIMIT;
}

const struct service api_service = {api_answer, api_body_limit};
