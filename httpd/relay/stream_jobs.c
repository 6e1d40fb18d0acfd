/*
 * stream_jobs.c
 *		Telling the stream server of tracks (see stream_jobs.h).
 *
 * It answers that it has taken the job, and reports by itself when it is done:
 * POST /api/v1/internal/tracks/:id/stream-ready, see docs/operate.md. A stream
 * server that is away delays nothing here: what was not taken is tried again,
 * and the track is played from its file meanwhile.
 */
#include "stream_jobs.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/log.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "database.h"
#include "exchange.h"
#include "report.h"
#include "side_thread.h"

#define BATCH		"1"			/* each must be posted within its lease */
#define TIMEOUT_MS	10000
#define URL_SIZE	2200

static const char *name;

/* How a call ended, as veza.finish_effect takes it. */
typedef struct StreamOutcome
{
	const char *word;			/* ok, refused, unknown or not_sent */
	const char *code;			/* NULL: it went well */
	char		error[CURL_ERROR_SIZE];
	long		status;			/* 0: there was no answer */
} StreamOutcome;

/* ignore_body is called by libcurl for what the server answers besides its status. */
static size_t
ignore_body(char *data, size_t size, size_t n, void *unused)
{
	(void) data;
	(void) unused;
	return size * n;
}

/* judge_answer says what the call came to: a 4xx will not get better by itself, but for those that ask to come back. */
static void
judge_answer(CURL *c, CURLcode result, StreamOutcome *o)
{
	bool		was_sent = result != CURLE_COULDNT_CONNECT && result != CURLE_COULDNT_RESOLVE_HOST;

	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &o->status);
	if (result != CURLE_OK)
	{
		o->word = was_sent ? "unknown" : "not_sent";
		o->code = "stream_server_unreachable";
	}
	else if (o->status < 200 || o->status > 299)
	{
		bool		is_final = o->status >= 400 && o->status < 500 && o->status != 408 && o->status != 425 && o->status != 429;

		o->word = is_final ? "refused" : "unknown";
		o->code = "stream_server_refused";
		snprintf(o->error, sizeof(o->error), "the stream server answered %ld", o->status);
	}
	else
		*o = (StreamOutcome) {.word = "ok", .status = o->status};
}

/* post_job posts a job to the server. */
static void
post_job(const char *url, const char *body, StreamOutcome *o)
{
	CURL	   *c = curl_easy_init();
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	char		key[600];

	if (c == NULL || headers == NULL)
		abort();
	snprintf(key, sizeof(key), "X-Internal-API-Key: %s", config_text(CONFIG_STREAM_SERVER_INTERNAL_API_KEY));
	if (config_is_set(CONFIG_STREAM_SERVER_INTERNAL_API_KEY))
		headers = curl_slist_append(headers, key);
	exchange_prepare(c, url, TIMEOUT_MS);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore_body);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, o->error);
	judge_answer(c, curl_easy_perform(c), o);
	explicit_bzero(key, sizeof(key));
	curl_slist_free_all(headers);
	curl_easy_cleanup(c);
}

/* carry_out_job posts what an effect asks for. */
static void
carry_out_job(const char *request, StreamOutcome *o)
{
	json_t	   *j = json_loads(request, 0, NULL);
	const char *server = json_string_value(json_object_get(j, "server"));
	char		url[URL_SIZE];
	char	   *body;

	*o = (StreamOutcome) {.word = "refused", .code = "stream_job_malformed"};
	if (server != NULL && snprintf(url, sizeof(url), "%s/internal/jobs/tracks", server) < (int) sizeof(url))
	{
		json_object_del(j, "server");
		if ((body = json_dumps(j, JSON_COMPACT)) != NULL)
			post_job(url, body, o);
		free(body);
	}
	json_decref(j);
}

/* report_job tells the database what became of a job. */
static void
report_job(PGconn *conn, const char *effect, const char *lease, const StreamOutcome *o, int64_t ms)
{
	(void) report_effect(conn, &(EffectReport) {.effect = effect, .lease = lease, .relay = name, .word = o->word,
		.http_status = o->status, .error_code = o->code, .error_message = o->error, .duration_ms = ms});
	log_line(o->code == NULL ? LOG_INFO : LOG_WARN, "stream job", "effect_id", effect, "outcome", o->word,
			 "error", o->error[0] ? o->error : NULL, NULL);
}

/* post_due posts what is due; true when there may be more. */
static bool
post_due(PGconn *conn)
{
	const char *values[2] = {name, BATCH};
	PGresult   *r = database_call(conn, "select id, lease_token, request from veza.claim_effects($1, '{stream_prepare}', $2::int)",
								  2, values);
	int			n = r ? PQntuples(r) : 0;

	for (int i = 0; i < n; i++)
	{
		int64_t		started_ms = monotonic_ms();
		StreamOutcome outcome;

		carry_out_job(PQgetvalue(r, i, 2), &outcome);
		report_job(conn, PQgetvalue(r, i, 0), PQgetvalue(r, i, 1), &outcome, monotonic_ms() - started_ms);
	}
	PQclear(r);
	return n == atoi(BATCH);
}

/* poll_interval is how often jobs are asked for. */
static int64_t
poll_interval(void)
{
	return config_int(CONFIG_RELAY_POLL_INTERVAL);
}

static SideThread side = {.name = "stream server", .work = post_due, .interval_ms = poll_interval};

void
stream_jobs_start(const char *relay_name)
{
	name = relay_name;
	side_thread_start(&side);
}

void
stream_jobs_stop(void)
{
	side_thread_stop(&side);
}
