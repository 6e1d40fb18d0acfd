/*
 * dispatch.c
 *		What a whole request asks for: a page of ours, or a route with its
 *		caller, its body and its arguments. Everything is checked here before a
 *		statement is sent; what the statement decides is the database's.
 */
#include "dispatch.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../extension/src/core/entity_tag.h"
#include "../answers/result.h"
#include "../database/database_health.h"
#include "../ops/health.h"
#include "../ops/pages.h"
#include "../ops/profile.h"
#include "../routes/args.h"
#include "../trust/signature.h"
#include "aside.h"
#include "browser.h"
#include "files.h"
#include "limiter.h"

/* take_profile does what the database has granted, in a thread of its own. */
static void
take_profile(Request *r)
{
	Reader		reader = request_reader(r);

	request_reply(r, profile_answer(&r->reply, &reader));
}

/* job_done is called when the statement's result is there, or will never be. */
static void
job_done(Job *job, JobEnd end)
{
	Request    *r = job->owner;

	if (r != NULL)
	{
		Reader		reader = request_reader(r);

		r->job = NULL;
		switch (end)
		{
			case JOB_ANSWERED:
				request_reply(r, reply_result(job->route, job->result, &reader));
				break;
			case JOB_LOST:
			case JOB_UNAVAILABLE:
				request_refuse(r, VZ_E_DATABASE_UNAVAILABLE, NULL);
				break;
		}
		if (r->route->is_profile && r->reply.code == NULL)
			request_work_aside(r, take_profile);
		else
			files_open_answer(r);
	}
	job_free(job);
}

/* header_text copies a header's value if it is valid UTF-8; NULL otherwise. */
static char *
header_text(const HttpHeader *h)
{
	return h != NULL && is_utf8(h->value, h->value_len) ? strndup(h->value, h->value_len) : NULL;
}

/*
 * request_digest names a keyed request: the same key with another address or
 * body is another request. The key is part of it, so that a stored digest
 * does not let anybody guess at a body.
 */
static char *
request_digest(const Request *r, const HttpHeader *key)
{
	crypto_hash_sha256_state state;
	unsigned char digest[crypto_hash_sha256_BYTES];
	char	   *text = malloc(2 * sizeof(digest) + 1);

	if (text == NULL)
		abort();
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *) key->value, key->value_len + 1);
	crypto_hash_sha256_update(&state, (const unsigned char *) r->raw_target, strlen(r->raw_target) + 1);
	crypto_hash_sha256_update(&state, (const unsigned char *) (r->body ? r->body : ""), r->body_len);
	crypto_hash_sha256_final(&state, digest);
	sodium_bin2hex(text, 2 * sizeof(digest) + 1, digest, sizeof(digest));
	return text;
}

/* condition_text copies a condition for the function that judges it. Bytes beyond ASCII are in no tag of ours. */
static char *
condition_text(const Request *r, const char *condition)
{
	char	   *text;

	if (condition == NULL || !r->route->judges_conditions)
		return NULL;
	if ((text = strdup(condition)) == NULL)
		abort();
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char) *p >= 0x80)
			*p = '?';
	return text;
}

/*
 * may_change says whether the conditions of a change may hold where no function
 * judges them: what is asked for has no version that the client could know.
 */
static bool
may_change(const Request *r)
{
	if (strcmp(r->route->method, "GET") == 0 || r->route->judges_conditions)
		return true;
	return (r->if_match == NULL || vz_tags_judge(r->if_match, "") == VZ_TAGS_ANY) &&
		(r->if_none_match == NULL || vz_tags_judge(r->if_none_match, "") == VZ_TAGS_NAME_OTHERS);
}

/* add_caller puts the caller and the headers that rules look at before the arguments. */
static void
add_caller(Job *job, const Request *r, const HttpHead *head)
{
	const TokenIdentity *identity = r->has_identity ? &r->identity : NULL;
	const HttpHeader *key = r->route->has_replay ? request_header(head, "Idempotency-Key") : NULL;

	job->values[0] = identity ? strdup(identity->user_id) : NULL;
	job->values[1] = identity ? strdup(identity->session_id) : NULL;
	job->values[2] = identity ? strdup(identity->token_version) : NULL;
	job->values[3] = strdup(r->id);
	job->values[4] = r->address[0] ? strdup(r->address) : NULL;
	job->values[5] = header_text(request_header(head, "User-Agent"));
	job->values[6] = strdup(r->language);
	job->values[7] = condition_text(r, r->if_match);
	job->values[8] = header_text(key);
	job->values[9] = key ? request_digest(r, key) : NULL;
	job->values[10] = condition_text(r, r->if_none_match);
	job->nvalues = CALLER_VALUES;
}

/* submit sends the route's statement with the caller and the bound arguments. */
static void
submit(Request *r, const HttpHead *head, Bound *bound)
{
	Job		   *job = job_new(r->generation, r->route);

	add_caller(job, r, head);
	for (size_t i = 0; i < r->route->narguments; i++)
	{
		job->values[job->nvalues++] = bound->values[i];
		bound->values[i] = NULL;
	}
	job->done = job_done;
	job->owner = r;
	r->job = job;
	request_start_work(r);
	if (!lanes_submit(r->loop->lanes, job))
	{
		r->job = NULL;
		job_free(job);
		request_refuse(r, VZ_E_SERVER_BUSY, json_pack("{s:s}", "lane", lane_name(r->route->lane)));
		request_end_work(r);
	}
}

/* verify_bearer reads the token of the header Authorization. */
static TokenVerdict
verify_bearer(const HttpHeader *h, TokenIdentity *identity)
{
	char	   *value = strndup(h->value, h->value_len);
	const char *token;
	TokenVerdict verdict = TOKEN_INVALID;

	if (value == NULL)
		abort();
	if (strncasecmp(value, "Bearer ", 7) == 0)
	{
		token = value + 7 + strspn(value + 7, " ");
		verdict = token_verify(token, strlen(token), identity);
	}
	free(value);
	return verdict;
}

#define SIGNATURE_PARAMETER "signature="

/* find_signature returns the token at the end of a signed address, or NULL. */
static const char *
find_signature(const Request *r)
{
	const char *token = r->route->takes_signature ? strstr(r->raw_target, SIGNATURE_PARAMETER) : NULL;

	return token != NULL && token > r->raw_target && strchr("?&", token[-1]) != NULL ? token + strlen(SIGNATURE_PARAMETER) : NULL;
}

/* verify_signed reads the token of a signed address. */
static TokenVerdict
verify_signed(const Request *r, const char *token, TokenIdentity *identity)
{
	return token_verify_address(token, r->raw_target, (size_t) (token - r->raw_target) - strlen(SIGNATURE_PARAMETER) - 1, identity);
}

/* verify_token reads the caller's token; one that is bad, or missing where a user is needed, is refused. */
static void
verify_token(Request *r, const HttpHeader *h)
{
	const char *signature = h == NULL ? find_signature(r) : NULL;
	TokenVerdict verdict;

	if (h == NULL && signature == NULL)
	{
		if (r->route->needs_user)
			request_refuse(r, VZ_E_AUTH_REQUIRED, NULL);
		return;
	}
	verdict = signature != NULL ? verify_signed(r, signature, &r->identity) : verify_bearer(h, &r->identity);
	if (verdict == TOKEN_OK)
	{
		r->has_identity = true;
		memcpy(r->user_id, r->identity.user_id, sizeof(r->user_id));
	}
	else
		request_refuse(r, verdict == TOKEN_EXPIRED ? VZ_E_AUTH_TOKEN_EXPIRED : VZ_E_AUTH_TOKEN_INVALID, NULL);
}

/* is_json_type says whether a Content-Type is JSON. */
static bool
is_json_type(const HttpHeader *h)
{
	size_t		len = h ? strcspn(h->value, "; \t") : 0;

	return h != NULL && len == strlen("application/json") && strncasecmp(h->value, "application/json", len) == 0;
}

/* takes_body says whether any argument of the route comes from the body. */
static bool
takes_body(const Route *route)
{
	for (size_t i = 0; i < route->narguments; i++)
		if (route->arguments[i].source == SOURCE_BODY || route->arguments[i].source == SOURCE_RAW)
			return true;
	return false;
}

/* takes_raw_body says whether the route's function is given the body as it came. */
static bool
takes_raw_body(const Route *route)
{
	for (size_t i = 0; i < route->narguments; i++)
		if (route->arguments[i].source == SOURCE_RAW)
			return true;
	return false;
}

/* parse_body parses the body as one JSON object; false when the request is refused. */
static bool
parse_body(Request *r, const HttpHead *head, json_t **body)
{
	json_error_t error;

	*body = NULL;
	if (r->body_len == 0 || !takes_body(r->route))
		return true;
	if (!is_json_type(request_header(head, "Content-Type")))
	{
		request_refuse(r, VZ_E_UNSUPPORTED_MEDIA_TYPE, NULL);
		return false;
	}
	/* A signed body is read by the function that gets it, which takes what it needs. */
	if (takes_raw_body(r->route) && is_utf8(r->body, r->body_len))
		return true;
	*body = json_loadb(r->body, r->body_len, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(*body))
		return true;
	request_refuse(r, VZ_E_MALFORMED_JSON, *body == NULL
		   ? json_pack("{s:i, s:i, s:s}", "line", error.line, "column", error.column, "problem", error.text)
		   : json_pack("{s:s}", "problem", "the body must be an object"));
	json_decref(*body);
	*body = NULL;
	return false;
}

/* check_signature verifies the signature over the raw body, where the route asks for one. */
static bool
check_signature(Request *r, const HttpHead *head)
{
	SignatureVerdict verdict;

	if (r->route->signature == NULL)
		return true;
	verdict = signature_verify(r->route->signature, head, r->body ? r->body : "", r->body_len);
	if (verdict == SIGNATURE_OK)
		return true;
	request_refuse(r, verdict == SIGNATURE_NO_KEY ? VZ_E_WEBHOOK_NOT_CONFIGURED : VZ_E_WEBHOOK_SIGNATURE_INVALID, NULL);
	return false;
}

/* is_strict says whether the client wants unknown members refused. */
static bool
is_strict(const HttpHead *head)
{
	char	   *prefer = request_list(head, "Prefer");
	bool		strict = prefer != NULL && strcasestr(prefer, "handling=strict") != NULL;

	free(prefer);
	return strict;
}

/* answer_kept answers what was made when the routes were loaded. */
static void
answer_kept(Request *r)
{
	Reader		reader = request_reader(r);

	request_reply(r, reply_result(r->route, r->route->kept, &reader));
}

/* call_route binds the arguments and submits the statement, or refuses. */
static void
call_route(Request *r, const HttpHead *head)
{
	const HttpHeader *cookies = request_header(head, "Cookie");
	const HttpHeader *last_event = request_header(head, "Last-Event-ID");
	json_t	   *body = NULL;
	ArgumentSources from;
	Bound		bound = {0};

	if (r->route->upload != NULL ? !files_store(r) : !parse_body(r, head, &body))
		return;
	from = (ArgumentSources)
	{
		.body = body, .raw = r->body ? r->body : "", .cookies = cookies ? cookies->value : NULL,
		.last_event = last_event ? last_event->value : NULL
	};
	args_bind(r->route, &r->target, &from, is_strict(head), &bound);
	if (r->upload != NULL)
		upload_bind(r->upload, r->route, &bound);
	if (bound.cookie != NULL && !browser_passes_csrf(head, bound.cookie))
		request_refuse(r, VZ_E_CSRF_INVALID, NULL);
	else if (bound.wrong != NULL)
	{
		request_refuse(r, VZ_E_VALIDATION_ERROR, bound.wrong);
		bound.wrong = NULL;
	}
	else if (!may_change(r))
		request_refuse(r, VZ_E_PRECONDITION_FAILED, NULL);
	else if (r->route->is_events && event_hubs_count() >= config_int(CONFIG_MAX_EVENT_STREAMS))
		request_refuse(r, VZ_E_SERVER_BUSY, NULL);
	else if (r->route->kept != NULL)
		answer_kept(r);
	else
		submit(r, head, &bound);
	args_free(&bound);
	json_decref(body);
}

/* What /status tells, for all who ask at the same time. */
static SharedWork look = {.work = health_probe, .lock = PTHREAD_MUTEX_INITIALIZER};

/* call_health answers a page of health.c, behind the limits where it counts; or the request waits. */
static void
call_health(Request *r, const char *page)
{
	if (health_is_limited(page) && !r->limit.is_taken)
	{
		r->limit.is_monitor = true;
		limiter_take(r);
	}
	if (r->is_suspended || r->has_reply)
		return;
	if (health_must_probe(page))
		request_work_shared(r, &look);
	else
		request_reply(r, health_answer(page, true));
}

/* refuse_unknown_target answers for an address or a method that no route has. */
static void
refuse_unknown_target(Request *r, const char *allowed)
{
	if (allowed[0] == '\0')
		request_refuse(r, VZ_E_ROUTE_NOT_FOUND, NULL);
	else if (strcmp(r->method, "OPTIONS") == 0)
	{
		request_reply(r, reply_json(204, strdup("")));
		reply_header(&r->reply, "Allow", allowed);
	}
	else
	{
		request_refuse(r, VZ_E_METHOD_NOT_ALLOWED, NULL);
		reply_header(&r->reply, "Allow", allowed);
	}
}

/* call_page answers health, status, metrics and static pages; false when the path is none of theirs. */
static bool
call_page(Request *r)
{
	size_t		len = strcspn(r->raw_target, "?");
	char		path[64];
	const char *page;
	bool		is_static;

	if (len >= sizeof(path))
		return false;
	snprintf(path, sizeof(path), "%.*s", (int) len, r->raw_target);
	is_static = (page = pages_find(path)) != NULL;
	if (page == NULL && (page = health_page(path)) == NULL)
		return false;
	if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0)
	{
		refuse_unknown_target(r, "GET, HEAD, OPTIONS");
		return true;
	}
	r->route_path = page;
	r->metrics = metrics_route("GET", page, NULL);
	if (is_static)
		request_reply(r, pages_answer(page));
	else
		call_health(r, page);
	return true;
}

/* find_route finds the route, or stores a refusal. */
static void
find_route(Request *r)
{
	const char *problem;
	char		allowed[64];

	r->target_text = malloc(2 * strlen(r->raw_target) + 2);
	if (r->target_text == NULL)
		abort();
	if ((problem = target_parse(r->raw_target, r->target_text, &r->target)) != NULL)
	{
		request_refuse(r, VZ_E_MALFORMED_REQUEST, json_pack("{s:s}", "problem", problem));
		return;
	}
	if (r->loop->generation == NULL)
		r->loop->generation = routes_current();	/* the first ones: readiness does not wait for our next turn */
	if (r->loop->generation == NULL)
	{
		request_refuse(r, database_health().is_up ? VZ_E_SCHEMA_NOT_READY : VZ_E_DATABASE_UNAVAILABLE, NULL);
		return;
	}
	r->generation = generation_ref(r->loop->generation);
	r->route = routes_match(r->generation, r->method, &r->target, allowed, sizeof(allowed));
	if (r->route == NULL)
	{
		refuse_unknown_target(r, allowed);
		return;
	}
	r->route_path = r->route->path;
	r->metrics = r->route->metrics;
}

void
dispatch_early(Request *r, const HttpHead *head)
{
	find_route(r);
	if (r->route != NULL && check_signature(r, head) && r->route->takes_user)
		verify_token(r, request_header(head, "Authorization"));
}

void
dispatch(Request *r, const HttpHead *head)
{
	if (!r->limit.is_taken && browser_is_preflight(head))
		request_reply(r, browser_preflight_reply());
	if (r->route == NULL && (r->has_reply || call_page(r)))
		return;
	if (!r->limit.is_taken)
	{
		if (r->route == NULL)
			dispatch_early(r, head);
		limiter_take(r);
	}
	if (r->route != NULL && !r->is_suspended && !r->has_reply)
		call_route(r, head);
}
