/*
 * result.c
 *		The answer to a statement (see result.h).
 *
 * The database's JSON passes through unparsed.
 */
#include "result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/log.h"
#include "../base/process.h"
#include "../config/config.h"
#include "../trust/csrf.h"
#include "../trust/keys.h"
#include "../trust/token.h"
#include "../wire/cookie.h"
#include "../wire/disposition.h"
#include "../wire/etag.h"
#include "download.h"
#include "event_answer.h"

/* set_cookie adds a cookie; beyond development it is for TLS only. */
static void
set_cookie(Reply *reply, const char *name, const char *value, const char *path, int64_t max_age, bool is_strict)
{
	char		cookie[COOKIE_VALUE_MAX + 256];
	const char *env = config_text(CONFIG_APP_ENV);

	if (cookie_write(cookie, sizeof(cookie), name, value, path, max_age, is_strict,
					 strcmp(env, "development") != 0 && strcmp(env, "test") != 0))
		reply_header(reply, "Set-Cookie", cookie);
}

/* issue_csrf makes a CSRF token for a session, and puts it into its cookie and its header. */
static void
issue_csrf(Reply *reply, const char *session, json_int_t lifetime_s, char token[CSRF_TOKEN_SIZE])
{
	csrf_make(keys_current()->keys[KEY_ACCESS][KEY_PRESENT].text, session, time(NULL) + lifetime_s, token);
	set_cookie(reply, CSRF_COOKIE, token, "/", lifetime_s, true);
	reply_header(reply, "X-CSRF-Token", token);
}

/* csrf_token makes the token that the claims ask for, for the session whose cookie came with the request; malloc'd. */
static char *
csrf_token(Reply *reply, const json_t *claims, const char *cookies)
{
	const char *cookie = json_string_value(json_object_get(claims, "cookie"));
	char		session[COOKIE_VALUE_MAX] = "";
	char		token[CSRF_TOKEN_SIZE];

	if (cookie != NULL && cookies != NULL && !cookie_find(cookies, strlen(cookies), cookie, session, sizeof(session)))
		session[0] = '\0';
	issue_csrf(reply, session, json_integer_value(json_object_get(claims, "lifetime")), token);
	return strdup(token);
}

/* sealed_members signs the tokens that the head asks for; returns `"name":"token",...` or NULL. */
static char *
sealed_members(const json_t *seals, Reply *reply, const char *cookies)
{
	char	   *members = strdup("");

	for (size_t i = 0; i < json_array_size(seals); i++)
	{
		const json_t *seal = json_array_get(seals, i);
		const char *key = json_string_value(json_object_get(seal, "key"));
		const json_t *claims = json_object_get(seal, "claims");
		const char *prefix = json_string_value(json_object_get(seal, "prefix"));
		char	   *token = strcmp(key, "csrf") == 0 ? csrf_token(reply, claims, cookies) : token_seal(key, claims);
		char	   *longer = NULL;

		if (token == NULL ||
			asprintf(&longer, "%s\"%s\":\"%s%s\",", members,
					 json_string_value(json_object_get(seal, "member")), prefix ? prefix : "", token) < 0)
			longer = NULL;
		free(token);
		free(members);
		if ((members = longer) == NULL)
			return NULL;
	}
	return members;
}

/* process_member returns `"httpd":{...},`, or NULL. */
static char *
process_member(void)
{
	json_t	   *facts = process_facts();
	char	   *text = json_dumps(facts, JSON_COMPACT);
	char	   *member = NULL;

	if (text != NULL && asprintf(&member, "\"httpd\":%s,", text) < 0)
		member = NULL;
	free(text);
	json_decref(facts);
	return member;
}

/* set_named_cookie sets a cookie that the head names, and the CSRF token of the session that it begins. */
static void
set_named_cookie(Reply *reply, const json_t *cookie)
{
	const char *value = json_string_value(json_object_get(cookie, "value"));
	json_int_t	lifetime_s = json_integer_value(json_object_get(cookie, "csrf"));
	char		token[CSRF_TOKEN_SIZE];

	set_cookie(reply, json_string_value(json_object_get(cookie, "name")), value,
			   json_string_value(json_object_get(cookie, "path")), json_integer_value(json_object_get(cookie, "max_age")), false);
	if (lifetime_s > 0)
		issue_csrf(reply, value, lifetime_s, token);
}

/* set_file says which file a browser makes of a text. */
static void
set_file(Reply *reply, const json_t *file)
{
	char		disposition[DISPOSITION_SIZE];

	if (file == NULL)
		return;
	disposition_write(disposition, true, json_string_value(json_object_get(file, "name")),
					  json_string_value(json_object_get(file, "suffix")));
	reply_header(reply, MHD_HTTP_HEADER_CONTENT_TYPE, json_string_value(json_object_get(file, "type")));
	reply_header(reply, "Content-Disposition", disposition);
}

/* set_headers adds the headers and cookies that the head names. */
static void
set_headers(Reply *reply, const json_t *head)
{
	const char *name;
	json_t	   *value;
	size_t		i;

	json_object_foreach(json_object_get(head, "headers"), name, value)
		reply_header(reply, name, json_string_value(value));
	json_array_foreach(json_object_get(head, "cookies"), i, value)
		set_named_cookie(reply, value);
	set_file(reply, json_object_get(head, "file"));
}

/* write_data makes the body: the data as it came, in the envelope or alone. */
static bool
write_data(Reply *reply, const Route *route, const char *data, size_t length, const json_t *head, const char *cookies)
{
	json_t	   *meta = json_object_get(head, "meta");
	char	   *meta_text = meta ? json_dumps(meta, JSON_COMPACT) : NULL;
	bool		adds_members = json_object_get(head, "seal") != NULL || route->tells_process;
	char	   *members = !adds_members ? NULL : route->tells_process ? process_member()
		: sealed_members(json_object_get(head, "seal"), reply, cookies);
	bool		is_object = length > 2 && data[0] == '{' && data[1] != '}';
	const char *prefix = route->is_raw ? "" : "{\"success\":true,\"data\":";
	const char *suffix = route->is_raw ? "" : "}";
	size_t		size;
	char	   *p;

	if (adds_members && (members == NULL || !is_object))
	{
		free(meta_text);
		free(members);
		return false;
	}
	size = strlen(prefix) + length + (members ? strlen(members) : 0) +
		(meta_text ? strlen(meta_text) : 4) + 64;
	if ((reply->body = p = malloc(size)) == NULL)
		abort();
	p = stpcpy(p, prefix);
	if (members != NULL)
	{
		*p++ = '{';
		p = stpcpy(p, members);
		data++;
		length--;
	}
	memcpy(p, data, length);
	p += length;
	if (!route->is_raw)
	{
		p = stpcpy(p, ",\"meta\":");
		p = stpcpy(p, meta_text ? meta_text : "null");
		p = stpcpy(p, suffix);
	}
	reply->length = (size_t) (p - reply->body);
	free(meta_text);
	free(members);
	return true;
}

/*
 * tag_content gives the answer to a GET a tag, and completes the one of a
 * version that the function has given; a file is its tag already, and what
 * holds a token is for no cache.
 */
static void
tag_content(Reply *reply, const Route *route, const json_t *head)
{
	char		etag[ETAG_SIZE];

	if (reply->reading != NULL || reply->events != NULL)
		return;
	if (reply_etag(reply) != NULL)
	{
		etag_of_version(reply_etag(reply), reply->body, reply->length, etag);
		reply_replace_header(reply, MHD_HTTP_HEADER_ETAG, etag);
		return;
	}
	if (strcmp(route->method, "GET") != 0 || reply->status != 200 || json_object_get(head, "seal") != NULL)
		return;
	etag_of_content(reply->body, reply->length, etag);
	reply_header(reply, MHD_HTTP_HEADER_ETAG, etag);
}

/* write_answer makes the body of what the function has answered: data, the file that it names, or the events it begins with. */
static bool
write_answer(Reply *reply, const Route *route, const char *data, size_t length, const json_t *head, const char *cookies)
{
	return route->is_file ? download_reply(reply, data, length)
		: route->is_events ? event_answer(reply, data, length)
		: write_data(reply, route, data, length, head, cookies);
}

Reply
reply_result(const Route *route, const PGresult *result, const Reader *reader)
{
	Reply		reply = {.status = route->status, .is_personal = route->takes_user};
	json_t	   *head = NULL;

	if (result == NULL || PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1 || PQnfields(result) != 2)
	{
		if (result != NULL && PQresultStatus(result) == PGRES_FATAL_ERROR)
			return reply_error(route, result, reader);
		log_line(LOG_ERROR, "a statement did not answer one row", "request_id", reader->request_id, "path", route->path, NULL);
		return reply_refusal(VZ_E_INTERNAL_ERROR, NULL, reader, 0);
	}
	if (!PQgetisnull(result, 0, 1))
		head = json_loadb(PQgetvalue(result, 0, 1), (size_t) PQgetlength(result, 0, 1), 0, NULL);
	if (json_object_get(head, "refusal") != NULL)
	{
		reply = reply_value(json_object_get(head, "refusal"), reader);
		set_headers(&reply, head);
		json_decref(head);
		return reply;
	}
	if (json_object_get(head, "status") != NULL)
		reply.status = (int) json_integer_value(json_object_get(head, "status"));
	if (head != NULL)
		set_headers(&reply, head);
	if (!write_answer(&reply, route, PQgetisnull(result, 0, 0) ? "null" : PQgetvalue(result, 0, 0),
					  PQgetisnull(result, 0, 0) ? 4 : (size_t) PQgetlength(result, 0, 0), head, reader->cookies))
	{
		reply_free(&reply);
		reply = reply_refusal(VZ_E_INTERNAL_ERROR, NULL, reader, 0);
	}
	else
		tag_content(&reply, route, head);
	json_decref(head);
	return reply;
}
