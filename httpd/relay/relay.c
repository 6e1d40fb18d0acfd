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

#include "../../extension/src/core/interface.h"
#include "../base/log.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "circuit.h"
#include "database.h"
#include "report.h"
#include "exchange.h"
#include "hyperswitch.h"
#include "task.h"

#define HEARTBEAT_MS	3000
#define STOP_GRACE_MS	10000

static char own_name[128];
static PGconn *conn;
static bool must_claim;
static bool must_heartbeat;
static int	failures;			/* to connect and send a heartbeat, in a row */

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

/* start_effect begins to carry out a claimed effect. */
static void
start_effect(const PGresult *rows, int row)
{
	Task	   *t = task_new(PQgetvalue(rows, row, 2));

	snprintf(t->id, sizeof(t->id), "%s", PQgetvalue(rows, row, 0));
	snprintf(t->lease, sizeof(t->lease), "%s", PQgetvalue(rows, row, 1));
	snprintf(t->request_id, sizeof(t->request_id), "%s", PQgetvalue(rows, row, 5));
	if (t->is_probe)
		psp_probe_order(&t->order);
	else
	{
		t->order.kind = t->kind;
		t->order.request = json_loads(PQgetvalue(rows, row, 3), 0, NULL);
		t->order.may_have_been_sent = atoi(PQgetvalue(rows, row, 4)) > 1;
		t->order.profile_id = config_is_set(CONFIG_HYPERSWITCH_PROFILE_ID) ? config_text(CONFIG_HYPERSWITCH_PROFILE_ID) : NULL;
	}
	task_begin(t);
}

/* probe_if_half_open lets a question of our own decide about the circuit: one about nobody's payment. */
static void
probe_if_half_open(int64_t now_ms)
{
	Task	   *t;

	if (!circuit_wants_probe(now_ms))
		return;
	for (t = task_first; t != NULL; t = t->next)
		if (t->is_probe && t->is_asked)
			return;
	t = task_new("psp_probe");
	psp_probe_order(&t->order);
	task_begin(t);
}

/* claim_effects takes due effects, as many as there is room for; an operator's probe also through an open circuit. */
static void
claim_effects(int64_t now_ms)
{
	static const char all_kinds[] = "{psp_probe,psp_create,psp_retrieve,psp_cancel,psp_refund,psp_refund_retrieve}";
	bool		is_usable = config_bool(CONFIG_HYPERSWITCH_ENABLED) && circuit_allows(now_ms);
	int			room = (int) config_int(CONFIG_RELAY_CONCURRENCY) - task_count;
	char		batch[16];
	const char *values[3] = {own_name, is_usable ? all_kinds : "{psp_probe}", batch};
	PGresult   *r;

	if (room <= 0)
		return;
	snprintf(batch, sizeof(batch), "%d", room);
	r = database_call(conn, "select id, lease_token, kind, request, attempts, request_id"
					  " from veza.claim_effects($1, $2, $3::int)", 3, values);
	/* As many as asked for: there may be more. */
	must_claim = r != NULL && PQntuples(r) == room;
	for (int i = 0; r != NULL && i < PQntuples(r); i++)
		start_effect(r, i);
	PQclear(r);
}

/* report_task tells the database what a task came to; false when it could not. */
static bool
report_task(const Task *t)
{
	const PspOutcome *o = &t->outcome;
	char	   *facts = o->facts ? json_dumps(o->facts, JSON_COMPACT) : NULL;
	bool		ok = report_effect(conn, &(EffectReport) {.effect = t->id, .lease = t->lease, .relay = own_name, .word = o->word,
		.http_status = o->http_status, .error_code = o->error_code, .error_message = o->error_message, .facts = facts,
		.secret = o->secret, .duration_ms = t->finished_ms - t->started_ms});

	free(facts);
	return ok;
}

/* report_finished reports what is finished; what the database refuses is dropped: its lease runs out. */
static void
report_finished(void)
{
	for (Task **p = &task_first; *p != NULL;)
	{
		Task	   *t = *p;

		if (!t->is_finished)
		{
			p = &t->next;
			continue;
		}
		if (t->id[0] != '\0' && !report_task(t))
			return;
		task_free(p);
		must_claim = true;
	}
}

/* send_heartbeat says that the relay lives and how the circuit is. */
static void
send_heartbeat(int64_t now_ms)
{
	char		wait[24];
	const char *values[5] = {own_name, VEZA_VERSION, config_bool(CONFIG_HYPERSWITCH_ENABLED) ? "true" : "false",
	circuit_word(), NULL};
	PGresult   *r;

	if (circuit_wait_ms(now_ms) > 0)
	{
		snprintf(wait, sizeof(wait), "%lld", (long long) circuit_wait_ms(now_ms));
		values[4] = wait;
	}
	r = database_call(conn, "select veza.relay_heartbeat($1, $2, $3::boolean, $4, $5::bigint)", 5, values);
	if (r != NULL)
		failures = 0;
	PQclear(r);
	must_heartbeat = false;
}

/* take_effect_notices notes whether an effect is waited for. */
static void
take_effect_notices(void)
{
	PGnotify   *n;

	PQconsumeInput(conn);
	while ((n = PQnotifies(conn)) != NULL)
	{
		must_claim = true;
		PQfreemem(n);
	}
}

/* disconnect gives the connection up. */
static void
disconnect(void)
{
	PQfinish(conn);
	conn = NULL;
}

/* connect_again connects and listens; without notifications nobody who waits would be served in time. */
static void
connect_again(void)
{
	PGresult   *r;
	bool		listens;

	conn = database_connect("effects");
	if (conn == NULL)
		return;
	r = database_call(conn, "listen " VEZA_EFFECT_CHANNEL, 0, NULL);
	listens = r != NULL;
	PQclear(r);
	if (!listens)
	{
		disconnect();
		return;
	}
	must_claim = must_heartbeat = true;
	log_line(LOG_INFO, "connected", "relay", own_name,
			 "provider", config_bool(CONFIG_HYPERSWITCH_ENABLED) ? "enabled" : "disabled", NULL);
}

/* relay_turn does one round of everything. */
static void
relay_turn(int64_t *next_heartbeat_ms, int64_t *next_claim_ms, bool is_stopping)
{
	int64_t		now_ms;

	exchange_run(must_claim ? 0 : 50, PQsocket(conn));
	now_ms = monotonic_ms();
	take_effect_notices();
	/* An open circuit becomes half open by time: users may try again from then on. */
	probe_if_half_open(now_ms);
	if (circuit_has_changed())
		must_heartbeat = must_claim = true;
	if (must_heartbeat || now_ms >= *next_heartbeat_ms)
	{
		send_heartbeat(now_ms);
		*next_heartbeat_ms = now_ms + HEARTBEAT_MS;
	}
	/* After the heartbeat: who waits for a report sees what it has done to the circuit. */
	report_finished();
	if (!is_stopping && (must_claim || now_ms >= *next_claim_ms))
	{
		must_claim = false;
		claim_effects(now_ms);
		*next_claim_ms = now_ms + config_int(CONFIG_RELAY_POLL_INTERVAL);
	}
	if (PQstatus(conn) != CONNECTION_OK)
	{
		log_line(LOG_WARN, "database connection lost", "error", PQerrorMessage(conn), NULL);
		disconnect();
	}
	log_flush();
}

/* remove_heartbeat removes the relay from the live ones. */
static void
remove_heartbeat(void)
{
	const char *values[1] = {own_name};

	if (conn != NULL)
		PQclear(database_call(conn, "select veza.relay_goodbye($1)", 1, values));
	PQfinish(conn);
}

/* pause_before_reconnecting waits, longer each time, while calls to the provider go on. */
static void
pause_before_reconnecting(const volatile sig_atomic_t *stop)
{
	int64_t		until_ms = monotonic_ms() + database_pause_ms(++failures);

	log_flush();
	while (!*stop && monotonic_ms() < until_ms)
		exchange_run(50, -1);
}

void
relay_run(const volatile sig_atomic_t *stop)
{
	int64_t		next_heartbeat_ms = 0;
	int64_t		next_claim_ms = 0;
	int64_t		end_ms = 0;

	circuit_init();
	for (;;)
	{
		if (*stop && end_ms == 0)
			end_ms = monotonic_ms() + STOP_GRACE_MS;
		if (*stop && (task_count == 0 || conn == NULL || monotonic_ms() >= end_ms))
			break;
		if (conn != NULL)
			relay_turn(&next_heartbeat_ms, &next_claim_ms, *stop != 0);
		else
			connect_again();
		if (conn == NULL)
			pause_before_reconnecting(stop);
	}
	remove_heartbeat();
}
