/*
 * task.c
 *		Carrying out one effect at the payment provider (see task.h): its calls,
 *		one after the other, and what they have come to.
 */
#include "task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/log.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "circuit.h"
#include "exchange.h"

Task	   *task_first;
int			task_count;

static void task_answered(void *owner, const ExchangeResult *result);

/* subject_of returns whom a task is about. */
static const char *
subject_of(const Task *t)
{
	const char *payment = json_string_value(json_object_get(t->order.request, "payment_id"));
	const char *refund = json_string_value(json_object_get(t->order.request, "refund_id"));

	return payment ? payment : refund ? refund : t->id;
}

/* finish_task ends a task; its report follows. */
static void
finish_task(Task *t, Blame blame)
{
	char		ms[24];

	t->is_finished = true;
	t->finished_ms = monotonic_ms();
	if (t->is_probe)
	{
		/* What a probe finds is an answer, whatever it is. */
		json_decref(t->outcome.facts);
		t->outcome.facts = psp_probe_facts(&t->outcome);
		if (t->is_asked)
			circuit_note_probe(blame == BLAME_NOBODY && !t->outcome.is_wrong_key, t->finished_ms);
		t->outcome.word = "ok";
	}
	else
		circuit_note(&t->outcome, blame, subject_of(t), t->finished_ms);
	snprintf(ms, sizeof(ms), "%lld", (long long) (t->finished_ms - t->started_ms));
	log_line(strcmp(t->outcome.word, "ok") == 0 ? LOG_INFO : LOG_WARN, "effect", "kind", t->kind,
			 "effect_id", t->id[0] ? t->id : NULL, "request_id", t->request_id, "outcome", t->outcome.word,
			 "error_code", t->outcome.error_code[0] ? t->outcome.error_code : NULL,
			 "error", t->outcome.error_message[0] ? t->outcome.error_message : NULL, "#duration_ms", ms, NULL);
}

/* fail_task ends a task without an answer of the provider. */
static void
fail_task(Task *t, Blame blame, int http_status, const char *word, const char *code, const char *message)
{
	psp_outcome_free(&t->outcome);
	t->outcome.word = word;
	t->outcome.http_status = http_status;
	snprintf(t->outcome.error_code, sizeof(t->outcome.error_code), "%s", code);
	snprintf(t->outcome.error_message, sizeof(t->outcome.error_message), "%s", message);
	finish_task(t, blame);
}

/* send_call makes a call to the provider. */
static void
send_call(Task *t, PspCall *call)
{
	char		url[1024];
	char		key[512];
	char		idempotency[160];
	char		request_id[200];
	const char *headers[6] = {"Accept: application/json"};
	const char *own_key = json_string_value(json_object_get(t->order.request, "idempotency_key"));
	const char *base = config_text(CONFIG_HYPERSWITCH_BASE_URL);
	size_t		base_len = strlen(base);
	int			n = 1;

	while (base_len > 0 && base[base_len - 1] == '/')
		base_len--;
	snprintf(url, sizeof(url), "%.*s%s", (int) base_len, base, call->path);
	snprintf(key, sizeof(key), "api-key: %s", config_text(CONFIG_HYPERSWITCH_API_KEY));
	headers[n++] = key;
	if (call->body != NULL)
		headers[n++] = "Content-Type: application/json";
	if (call->body != NULL && own_key != NULL)
	{
		snprintf(idempotency, sizeof(idempotency), "Idempotency-Key: %s", own_key);
		headers[n++] = idempotency;
	}
	if (t->request_id[0] != '\0')
	{
		snprintf(request_id, sizeof(request_id), "X-Request-Id: %s", t->request_id);
		headers[n++] = request_id;
	}
	headers[n] = NULL;
	t->is_asked = true;
	if (!exchange_start(call->method, url, headers, call->body,
						config_int(call->is_slow ? CONFIG_HYPERSWITCH_SLOW_TIMEOUT : CONFIG_HYPERSWITCH_TIMEOUT),
						task_answered, t))
		fail_task(t, BLAME_NOBODY, 0, psp_not_sent(&t->order), "relay_error", "the call could not be started");
	free(call->body);
}

/* task_answered goes on with a task, or ends it. */
static void
task_answered(void *owner, const ExchangeResult *result)
{
	Task	   *t = owner;
	PspCall		call;

	if (result->end == EXCHANGE_NOT_SENT)
	{
		fail_task(t, BLAME_CONNECTION, 0, psp_not_sent(&t->order), "connection_failed", result->problem);
		return;
	}
	if (result->end != EXCHANGE_ANSWERED)
	{
		fail_task(t, BLAME_SUBJECT, result->status, "unknown",
				  result->end == EXCHANGE_TIMED_OUT ? "timeout" : "no_answer", result->problem);
		return;
	}
	if (psp_continue(&t->order, result->status, result->body, result->length, &call, &t->outcome))
		send_call(t, &call);
	else
		finish_task(t, t->outcome.is_failure ? BLAME_SUBJECT : BLAME_NOBODY);
}

Task *
task_new(const char *kind)
{
	Task	   *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->kind = strdup(kind)) == NULL)
		abort();
	t->is_probe = strcmp(kind, "psp_probe") == 0;
	t->started_ms = monotonic_ms();
	t->next = task_first;
	task_first = t;
	task_count++;
	return t;
}

void
task_begin(Task *t)
{
	PspCall		call;

	if (!config_bool(CONFIG_HYPERSWITCH_ENABLED))
		fail_task(t, BLAME_NOBODY, 0, "refused", "disabled", "HYPERSWITCH_ENABLED is false in this relay");
	else if (psp_begin(&t->order, &call))
		send_call(t, &call);
	else
		fail_task(t, BLAME_NOBODY, 0, "refused", "invalid_order", "the order makes no sense to this relay");
}

void
task_free(Task **place)
{
	Task	   *t = *place;

	*place = t->next;
	task_count--;
	psp_outcome_free(&t->outcome);
	json_decref(t->order.request);
	free(t->kind);
	free(t);
}
