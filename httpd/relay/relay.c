/*
 * relay.c
 *		The relay's loop (see relay.h).
 *
 * Claiming and reporting are short statements on one connection; between
 * them, calls to the provider run side by side with no transaction open. When
 * the database is lost, finished effects wait here for their report; when the
 * relay is lost, their leases run out and another one repeats them under the
 * same ids.
 */
#include "relay.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../config.h"
#include "../log.h"
#include "../watch.h"
#include "breaker.h"
#include "database.h"
#include "exchange.h"
#include "hyperswitch.h"

#define HEARTBEAT_MS	3000
#define RECONNECT_MS	500
#define STOP_GRACE_MS	10000

/* An effect being carried out. */
typedef struct Task
{
	char		id[40];
	char		lease[40];
	char		request_id[160];
	char	   *kind;
	PspOrder	order;
	PspOutcome	outcome;
	bool		is_finished;
	int64_t		started_ms;
	int64_t		finished_ms;
	struct Task *next;
} Task;

static char own_name[128];
static Breaker breaker;
static PGconn *conn;
static Task *tasks;
static int	ntasks;
static bool must_claim;
static bool must_heartbeat;

static void task_answered(void *owner, const ExchangeResult *result);

const char *
relay_name(void)
{
	char		host[64] = "relay";

	if (own_name[0] != '\0')
		return own_name;

	if (config_is_set(CONFIG_RELAY_NAME))
	{
		snprintf(own_name, sizeof(own_name), "%s", config_text(CONFIG_RELAY_NAME));
		return own_name;
	}
	gethostname(host, sizeof(host) - 1);
	snprintf(own_name, sizeof(own_name), "%s-%d", host, (int) getpid());
	return own_name;
}

/* note_circuit tells the database at once when the circuit has changed. */
static void
note_circuit(BreakerState before)
{
	if (breaker.state == before)
		return;
	must_heartbeat = true;
	log_line(breaker.state == BREAKER_OPEN ? LOG_ERROR : LOG_INFO, "circuit to the payment provider",
			 "state", breaker_word(&breaker), NULL);
}

/* finish ends a task; its report follows. */
static void
finish(Task *t)
{
	BreakerState before = breaker.state;
	char		ms[24];

	t->is_finished = true;
	t->finished_ms = monotonic_ms();
	if (t->outcome.is_wrong_key)
		breaker_trip(&breaker, t->finished_ms);
	else if (t->outcome.is_failure)
		breaker_failure(&breaker, t->finished_ms);
	else if (t->outcome.http_status != 0)
		breaker_success(&breaker);
	note_circuit(before);
	snprintf(ms, sizeof(ms), "%lld", (long long) (t->finished_ms - t->started_ms));
	log_line(strcmp(t->outcome.word, "ok") == 0 ? LOG_INFO : LOG_WARN, "effect", "kind", t->kind, "effect_id", t->id,
			 "request_id", t->request_id, "outcome", t->outcome.word,
			 "error_code", t->outcome.error_code[0] ? t->outcome.error_code : NULL,
			 "error", t->outcome.error_message[0] ? t->outcome.error_message : NULL, "#duration_ms", ms, NULL);
}

/* fail ends a task without an answer of the provider; is_failure: which the provider was asked for. */
static void
fail(Task *t, bool is_failure, const char *word, const char *code, const char *message)
{
	psp_outcome_free(&t->outcome);
	t->outcome.word = word;
	t->outcome.is_failure = is_failure;
	snprintf(t->outcome.error_code, sizeof(t->outcome.error_code), "%s", code);
	snprintf(t->outcome.error_message, sizeof(t->outcome.error_message), "%s", message);
	finish(t);
}

/* send makes a call to the provider. */
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
	if (!exchange_start(call->method, url, headers, call->body,
						config_int(call->is_slow ? CONFIG_HYPERSWITCH_SLOW_TIMEOUT : CONFIG_HYPERSWITCH_TIMEOUT),
						task_answered, t))
		fail(t, true, psp_not_sent(&t->order), "relay_error", "the call could not be started");
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
		fail(t, true, psp_not_sent(&t->order), "connection_failed", result->problem);
		return;
	}
	if (result->end != EXCHANGE_ANSWERED)
	{
		fail(t, true, "unknown", result->end == EXCHANGE_TIMED_OUT ? "timeout" : "no_answer", result->problem);
		t->outcome.http_status = result->status;
		return;
	}
	if (psp_continue(&t->order, result->status, result->body, result->length, &call, &t->outcome))
		send_call(t, &call);
	else
		finish(t);
}

/* start begins to carry out a claimed effect. */
static void
start(const PGresult *rows, int row)
{
	Task	   *t = calloc(1, sizeof(*t));
	PspCall		call;

	if (t == NULL)
		abort();
	snprintf(t->id, sizeof(t->id), "%s", PQgetvalue(rows, row, 0));
	snprintf(t->lease, sizeof(t->lease), "%s", PQgetvalue(rows, row, 1));
	t->kind = strdup(PQgetvalue(rows, row, 2));
	snprintf(t->request_id, sizeof(t->request_id), "%s", PQgetvalue(rows, row, 5));
	t->order.kind = t->kind;
	t->order.request = json_loads(PQgetvalue(rows, row, 3), 0, NULL);
	t->order.may_have_been_sent = atoi(PQgetvalue(rows, row, 4)) > 1;
	t->order.profile_id = config_is_set(CONFIG_HYPERSWITCH_PROFILE_ID) ? config_text(CONFIG_HYPERSWITCH_PROFILE_ID) : NULL;
	t->started_ms = monotonic_ms();
	t->next = tasks;
	tasks = t;
	ntasks++;
	if (psp_begin(&t->order, &call))
		send_call(t, &call);
	else
		fail(t, false, "refused", "invalid_order", "the order makes no sense to this relay");
}

/* claim takes due effects, as many as there is room for. */
static void
claim(int64_t now_ms)
{
	static const char kinds[] = "{psp_create,psp_retrieve,psp_cancel,psp_refund,psp_refund_retrieve}";
	BreakerState before = breaker.state;
	int			room = (int) config_int(CONFIG_RELAY_CONCURRENCY) - ntasks;
	char		batch[16];
	const char *values[3] = {own_name, kinds, batch};
	PGresult   *r;

	if (!config_bool(CONFIG_HYPERSWITCH_ENABLED) || room <= 0 || !breaker_allows(&breaker, now_ms))
		return;
	note_circuit(before);
	if (breaker.state == BREAKER_HALF_OPEN)
		room = ntasks == 0 ? 1 : 0;
	if (room == 0)
		return;
	snprintf(batch, sizeof(batch), "%d", room);
	r = database_call(conn, "select id, lease_token, kind, request, attempts, request_id"
					  " from veza.claim_effects($1, $2, $3::int)", 3, values);
	/* As many as asked for: there may be more. */
	must_claim = r != NULL && PQntuples(r) == room;
	for (int i = 0; r != NULL && i < PQntuples(r); i++)
		start(r, i);
	PQclear(r);
}

/* report tells the database what a task came to; false when it could not. */
static bool
report(const Task *t)
{
	const PspOutcome *o = &t->outcome;
	char	   *facts = o->facts ? json_dumps(o->facts, JSON_COMPACT) : NULL;
	char		status[16];
	char		duration[24];
	const char *values[10] = {t->id, t->lease, own_name, o->word, o->http_status ? status : NULL,
		o->error_code[0] ? o->error_code : NULL, o->error_message[0] ? o->error_message : NULL,
	facts, o->secret, duration};
	PGresult   *r;
	bool		ok;

	snprintf(status, sizeof(status), "%d", o->http_status);
	snprintf(duration, sizeof(duration), "%lld", (long long) (t->finished_ms - t->started_ms));
	r = database_call(conn, "select veza.finish_effect($1, $2, $3, $4, $5::int, $6, $7, $8, $9, $10::int)", 10, values);
	ok = r != NULL || PQstatus(conn) == CONNECTION_OK;
	PQclear(r);
	free(facts);
	return ok;
}

/* report_finished reports what is finished; what the database refuses is dropped: its lease runs out. */
static void
report_finished(void)
{
	for (Task **p = &tasks; *p != NULL;)
	{
		Task	   *t = *p;

		if (!t->is_finished)
		{
			p = &t->next;
			continue;
		}
		if (!report(t))
			return;
		*p = t->next;
		ntasks--;
		must_claim = true;
		psp_outcome_free(&t->outcome);
		json_decref(t->order.request);
		free(t->kind);
		free(t);
	}
}

/* heartbeat says that the relay lives and how the circuit is. */
static void
heartbeat(int64_t now_ms)
{
	char		wait[24];
	const char *values[5] = {own_name, VEZA_VERSION, config_bool(CONFIG_HYPERSWITCH_ENABLED) ? "true" : "false",
	breaker_word(&breaker), NULL};

	if (breaker_wait_ms(&breaker, now_ms) > 0)
	{
		snprintf(wait, sizeof(wait), "%lld", (long long) breaker_wait_ms(&breaker, now_ms));
		values[4] = wait;
	}
	PQclear(database_call(conn, "select veza.relay_heartbeat($1, $2, $3::boolean, $4, $5::bigint)", 5, values));
	must_heartbeat = false;
}

/* take_notifications notes whether an effect is waited for. */
static void
take_notifications(void)
{
	PGnotify   *n;

	PQconsumeInput(conn);
	while ((n = PQnotifies(conn)) != NULL)
	{
		must_claim = true;
		PQfreemem(n);
	}
}

/* connect_again connects and listens. */
static bool
connect_again(void)
{
	PGresult   *r;

	conn = database_connect("effects");
	if (conn == NULL)
		return false;
	r = database_call(conn, "listen veza_effect", 0, NULL);
	PQclear(r);
	must_claim = must_heartbeat = true;
	log_line(LOG_INFO, "connected", "relay", own_name,
			 "provider", config_bool(CONFIG_HYPERSWITCH_ENABLED) ? "enabled" : "disabled", NULL);
	return r != NULL;
}

/* turn does one round of everything. */
static void
turn(int64_t *next_heartbeat_ms, int64_t *next_claim_ms, bool is_stopping)
{
	BreakerState before = breaker.state;
	int64_t		now_ms;

	exchange_run(must_claim ? 0 : 50, PQsocket(conn));
	now_ms = monotonic_ms();
	take_notifications();
	report_finished();
	/* An open circuit becomes half open by time: users may try again from then on. */
	breaker_allows(&breaker, now_ms);
	note_circuit(before);
	if (must_heartbeat || now_ms >= *next_heartbeat_ms)
	{
		heartbeat(now_ms);
		*next_heartbeat_ms = now_ms + HEARTBEAT_MS;
	}
	if (!is_stopping && (must_claim || now_ms >= *next_claim_ms))
	{
		must_claim = false;
		claim(now_ms);
		*next_claim_ms = now_ms + config_int(CONFIG_RELAY_POLL_INTERVAL);
	}
	if (PQstatus(conn) != CONNECTION_OK)
	{
		log_line(LOG_WARN, "database connection lost", "error", PQerrorMessage(conn), NULL);
		PQfinish(conn);
		conn = NULL;
	}
	log_flush();
}

/* say_goodbye removes the relay from the live ones. */
static void
say_goodbye(void)
{
	const char *values[1] = {own_name};

	if (conn != NULL)
		PQclear(database_call(conn, "select veza.relay_goodbye($1)", 1, values));
	PQfinish(conn);
}

void
relay_run(const volatile sig_atomic_t *stop)
{
	int64_t		next_heartbeat_ms = 0;
	int64_t		next_claim_ms = 0;
	int64_t		end_ms = 0;

	breaker_init(&breaker, (int) config_int(CONFIG_RELAY_CIRCUIT_FAILURES), config_int(CONFIG_RELAY_CIRCUIT_OPEN));
	for (;;)
	{
		if (*stop && end_ms == 0)
			end_ms = monotonic_ms() + STOP_GRACE_MS;
		if (*stop && (ntasks == 0 || conn == NULL || monotonic_ms() >= end_ms))
			break;
		if (conn != NULL)
			turn(&next_heartbeat_ms, &next_claim_ms, *stop != 0);
		else if (!connect_again())
		{
			log_flush();
			usleep(RECONNECT_MS * 1000);
		}
	}
	say_goodbye();
}
