/*
 * reply.c
 *		Answers (see reply.h).
 *
 * The database's JSON passes through unparsed. Refusals are built here from
 * the catalogue: code, message and HTTP status stand there, never in a route.
 */
#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "log.h"
#include "token.h"

/* A refusal before it is written. */
typedef struct Refusal
{
	int			status;
	const char *code;
	const char *message;
	const char *hint;
	const char *details;		/* JSON text, or NULL */
	int			retry_after_s;
} Refusal;

/* timestamp writes the present time as RFC 3339. */
static void
timestamp(char out[32])
{
	struct timespec now;
	struct tm	utc;
	size_t		n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	n = strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + n, 32 - n, ".%03ldZ", now.tv_nsec / 1000000);
}

/* quoted returns a JSON string; malloc'd. */
static char *
quoted(const char *text)
{
	json_t	   *s = text ? json_string(text) : json_null();
	char	   *out = json_dumps(s ? s : json_null(), JSON_ENCODE_ANY);

	json_decref(s);
	return out ? out : strdup("null");
}

void
reply_header(Reply *reply, const char *name, const char *value)
{
	if (reply->nheaders == REPLY_HEADERS_MAX)
		return;
	reply->headers[reply->nheaders].name = strdup(name);
	reply->headers[reply->nheaders++].value = strdup(value);
}

/* write_refusal makes the answer of a refusal. */
static Reply
write_refusal(const Refusal *r, const char *request_id)
{
	Reply		reply = {.status = r->status, .code = r->code};
	char	   *message = quoted(r->message);
	char	   *hint = quoted(r->hint);
	char	   *id = quoted(request_id);
	char		now[32];
	char		seconds[16];
	int			length;

	timestamp(now);
	length = asprintf(&reply.body,
					  "{\"success\":false,\"data\":null,\"message\":%s,\"error\":{\"code\":\"%s\",\"message\":%s,"
					  "\"details\":%s,\"hint\":%s,\"request_id\":%s,\"timestamp\":\"%s\"}}",
					  message, r->code, message, r->details ? r->details : "null", hint, id, now);
	if (length < 0)
		abort();
	reply.length = (size_t) length;
	if (r->retry_after_s > 0)
	{
		snprintf(seconds, sizeof(seconds), "%d", r->retry_after_s);
		reply_header(&reply, "Retry-After", seconds);
	}
	if (r->status == 401)
		reply_header(&reply, "WWW-Authenticate", "Bearer");
	free(message);
	free(hint);
	free(id);
	return reply;
}

Reply
reply_refusal(VzError error, json_t *details, const char *request_id, int retry_after_s)
{
	const VzErrorInfo *info = &vz_error_info[error];
	char	   *text = details ? json_dumps(details, JSON_COMPACT) : NULL;
	Refusal		r = {info->http_status, info->code, info->message, info->hint, text, retry_after_s};
	Reply		reply = write_refusal(&r, request_id);

	free(text);
	json_decref(details);
	return reply;
}

/* refusal_of fills in what the catalogue knows about a SQLSTATE; false when it knows nothing. */
static bool
refusal_of(const Generation *g, const char *sqlstate, Refusal *r)
{
	const CatalogueEntry *entry = generation_error(g, sqlstate);

	if (entry == NULL)
		return false;
	r->status = entry->http_status;
	r->code = entry->code;
	r->message = entry->message;
	r->hint = entry->hint;
	return true;
}

/* known_error maps SQLSTATEs that are no refusals of ours to the catalogue. */
static VzError
known_error(const char *sqlstate)
{
	static const struct
	{
		const char *prefix;
		VzError		error;
	}			map[] = {
		{"57014", VZ_E_REQUEST_TIMEOUT}, {"57", VZ_E_DATABASE_UNAVAILABLE}, {"08", VZ_E_DATABASE_UNAVAILABLE},
		{"53", VZ_E_SERVER_BUSY}, {"55P03", VZ_E_SERVER_BUSY}, {"40", VZ_E_SERVER_BUSY},
		{"22", VZ_E_VALIDATION_ERROR}, {"3F000", VZ_E_SCHEMA_NOT_READY}, {"42P01", VZ_E_SCHEMA_NOT_READY}
	};

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (strncmp(sqlstate, map[i].prefix, strlen(map[i].prefix)) == 0)
			return map[i].error;
	return VZ_E_INTERNAL_ERROR;
}

/* field_details names the argument that PostgreSQL could not read: "... parameter $7 ...". */
static json_t *
field_details(const Route *route, const PGresult *result)
{
	const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
	const char *at = context ? strstr(context, "parameter $") : NULL;
	int			n = at ? atoi(at + strlen("parameter $")) - 7 : -1;

	if (n < 0 || (size_t) n >= route->narguments)
		return NULL;
	return json_pack("[{s:s, s:s}]", "field", route->arguments[n].name, "message", "has an unusable value");
}

/* reply_error answers an error that PostgreSQL raised. */
static Reply
reply_error(const Generation *g, const Route *route, const PGresult *result, const char *request_id)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const char *wait = PQresultErrorField(result, PG_DIAG_COLUMN_NAME);
	Refusal		r = {0};
	VzError		error;

	if (sqlstate != NULL && strncmp(sqlstate, "VZ", 2) == 0 && refusal_of(g, sqlstate, &r))
	{
		r.hint = hint ? hint : r.hint;
		r.details = PQresultErrorField(result, PG_DIAG_DATATYPE_NAME);
		r.retry_after_s = wait ? atoi(wait) : 0;
		return write_refusal(&r, request_id);
	}
	error = known_error(sqlstate ? sqlstate : "");
	log_line(error == VZ_E_INTERNAL_ERROR ? LOG_ERROR : LOG_WARN, "the database refused a statement",
			 "request_id", request_id, "path", route->path, "sqlstate", sqlstate,
			 "error", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), NULL);
	return reply_refusal(error, error == VZ_E_VALIDATION_ERROR ? field_details(route, result) : NULL, request_id,
						 vz_error_info[error].http_status == 503 ? 1 : 0);
}

/* reply_value answers a refusal that came as a value in the head. */
static Reply
reply_value(const Generation *g, const json_t *refusal, const char *request_id)
{
	const json_t *details = json_object_get(refusal, "details");
	const char *hint = json_string_value(json_object_get(refusal, "hint"));
	const char *sqlstate = json_string_value(json_object_get(refusal, "sqlstate"));
	char	   *text = details ? json_dumps(details, JSON_COMPACT) : NULL;
	Refusal		r = {0};
	Reply		reply;

	if (sqlstate == NULL || !refusal_of(g, sqlstate, &r))
	{
		free(text);
		return reply_refusal(VZ_E_INTERNAL_ERROR, NULL, request_id, 0);
	}
	r.hint = hint ? hint : r.hint;
	r.details = text;
	r.retry_after_s = (int) json_integer_value(json_object_get(refusal, "retry_after"));
	reply = write_refusal(&r, request_id);
	free(text);
	return reply;
}

/* sealed_members signs the tokens that the head asks for; returns `"name":"token",...` or NULL. */
static char *
sealed_members(const json_t *seals)
{
	char	   *members = strdup("");

	for (size_t i = 0; i < json_array_size(seals); i++)
	{
		const json_t *seal = json_array_get(seals, i);
		char	   *token = token_seal(json_string_value(json_object_get(seal, "key")),
									   json_object_get(seal, "claims"));
		char	   *longer = NULL;

		if (token == NULL ||
			asprintf(&longer, "%s\"%s\":\"%s\",", members,
					 json_string_value(json_object_get(seal, "member")), token) < 0)
			longer = NULL;
		free(token);
		free(members);
		if ((members = longer) == NULL)
			return NULL;
	}
	return members;
}

/* set_headers adds the headers and cookies that the head names. */
static void
set_headers(Reply *reply, const json_t *head)
{
	const char *name;
	json_t	   *value;
	size_t		i;
	char		cookie[4096];

	json_object_foreach(json_object_get(head, "headers"), name, value)
		reply_header(reply, name, json_string_value(value));
	json_array_foreach(json_object_get(head, "cookies"), i, value)
	{
		snprintf(cookie, sizeof(cookie), "%s=%s; Path=%s; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
				 json_string_value(json_object_get(value, "name")),
				 json_string_value(json_object_get(value, "value")),
				 json_string_value(json_object_get(value, "path")),
				 (long long) json_integer_value(json_object_get(value, "max_age")),
				 strcmp(config_text(CONFIG_APP_ENV), "development") == 0 ? "" : "; Secure");
		reply_header(reply, "Set-Cookie", cookie);
	}
}

/* write_data makes the body: the data as it came, in the envelope or alone. */
static bool
write_data(Reply *reply, const Route *route, const char *data, size_t length, const json_t *head)
{
	json_t	   *meta = json_object_get(head, "meta");
	char	   *meta_text = meta ? json_dumps(meta, JSON_COMPACT) : NULL;
	char	   *members = json_object_get(head, "seal") ? sealed_members(json_object_get(head, "seal")) : NULL;
	bool		is_object = length > 2 && data[0] == '{' && data[1] != '}';
	const char *prefix = route->is_raw ? "" : "{\"success\":true,\"data\":";
	const char *suffix = route->is_raw ? "" : "}";
	size_t		size;
	char	   *p;

	if (json_object_get(head, "seal") != NULL && (members == NULL || !is_object))
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

Reply
reply_result(const Generation *g, const Route *route, const PGresult *result, const char *request_id)
{
	Reply		reply = {.status = route->status};
	json_t	   *head = NULL;

	if (result == NULL || PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1 || PQnfields(result) != 2)
	{
		if (result != NULL && PQresultStatus(result) == PGRES_FATAL_ERROR)
			return reply_error(g, route, result, request_id);
		log_line(LOG_ERROR, "a statement did not answer one row", "request_id", request_id, "path", route->path, NULL);
		return reply_refusal(VZ_E_INTERNAL_ERROR, NULL, request_id, 0);
	}
	if (!PQgetisnull(result, 0, 1))
		head = json_loadb(PQgetvalue(result, 0, 1), (size_t) PQgetlength(result, 0, 1), 0, NULL);
	if (json_object_get(head, "refusal") != NULL)
	{
		reply = reply_value(g, json_object_get(head, "refusal"), request_id);
		json_decref(head);
		return reply;
	}
	if (json_object_get(head, "status") != NULL)
		reply.status = (int) json_integer_value(json_object_get(head, "status"));
	if (head != NULL)
		set_headers(&reply, head);
	if (!(PQgetisnull(result, 0, 0)
		  ? write_data(&reply, route, "null", 4, head)
		  : write_data(&reply, route, PQgetvalue(result, 0, 0), (size_t) PQgetlength(result, 0, 0), head)))
	{
		reply_free(&reply);
		reply = reply_refusal(VZ_E_INTERNAL_ERROR, NULL, request_id, 0);
	}
	json_decref(head);
	return reply;
}

Reply
reply_json(int status, char *body)
{
	return (Reply)
	{
		.status = status, .body = body, .length = strlen(body)
	};
}

struct MHD_Response *
reply_response(Reply *reply, const char *request_id)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(reply->length, reply->body, MHD_RESPMEM_MUST_FREE);

	if (response == NULL)
		return NULL;
	reply->body = NULL;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
							reply->content_type ? reply->content_type : "application/json");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "X-Request-ID", request_id);
	for (size_t i = 0; i < reply->nheaders; i++)
		MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
	if (reply->closes)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	return response;
}

void
reply_free(Reply *reply)
{
	free(reply->body);
	for (size_t i = 0; i < reply->nheaders; i++)
	{
		free(reply->headers[i].name);
		free(reply->headers[i].value);
	}
	memset(reply, 0, sizeof(*reply));
}
