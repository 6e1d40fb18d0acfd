/*
 * refuse.c
 *		Refusals by the catalogue (see refuse.h): code, message and HTTP status
 *		stand there, never in a route.
 */
#include "refuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/log.h"
#include "../database/sqlstate.h"

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

/* timestamp writes the present time as RFC 3339, to the millisecond. */
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

/* translated returns a sentence in the reader's language as a JSON string; malloc'd. */
static char *
translated(const Reader *reader, const char *english)
{
	char	   *text = catalogue_translate(reader->catalogue, reader->language, english);
	char	   *json = quoted(text);

	free(text);
	return json;
}

/* translate_details puts the messages of wrong fields into the reader's language; malloc'd. */
static char *
translate_details(const char *details, const Reader *reader)
{
	json_t	   *list = json_loads(details, 0, NULL);
	json_t	   *entry;
	size_t		i;
	char	   *text;

	json_array_foreach(list, i, entry)
	{
		char	   *message = catalogue_translate(reader->catalogue, reader->language,
												  json_string_value(json_object_get(entry, "message")));

		if (message != NULL)
			json_object_set_new(entry, "message", json_string(message));
		free(message);
	}
	text = json_is_array(list) ? json_dumps(list, JSON_COMPACT) : strdup(details);
	json_decref(list);
	return text;
}

/* write_refusal makes the answer of a refusal, in the reader's language. */
static Reply
write_refusal(const Refusal *r, const Reader *reader)
{
	Reply		reply = {.status = r->status, .code = r->code};
	char	   *message = translated(reader, r->message);
	char	   *hint = translated(reader, r->hint);
	char	   *id = quoted(reader->request_id);
	char	   *details = r->details && strcmp(reader->language, "en") != 0 ? translate_details(r->details, reader) : NULL;
	char		now[32];
	char		seconds[16];
	int			length;

	timestamp(now);
	length = asprintf(&reply.body,
					  "{\"success\":false,\"data\":null,\"message\":%s,\"error\":{\"code\":\"%s\",\"message\":%s,"
					  "\"details\":%s,\"hint\":%s,\"request_id\":%s,\"timestamp\":\"%s\"}}",
					  message, r->code, message, details ? details : r->details ? r->details : "null", hint, id, now);
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
	free(details);
	return reply;
}

Reply
reply_refusal(VzError error, json_t *details, const Reader *reader, int retry_after_s)
{
	const VzErrorInfo *info = &vz_error_info[error];
	char	   *text = details ? json_dumps(details, JSON_COMPACT) : NULL;
	Refusal		r = {info->http_status, info->code, info->message, info->hint, text, retry_after_s};
	Reply		reply = write_refusal(&r, reader);

	free(text);
	json_decref(details);
	return reply;
}

/* refusal_of fills in what the catalogue knows about a SQLSTATE; false when it knows nothing. */
static bool
refusal_of(const Reader *reader, const char *sqlstate, Refusal *r)
{
	const CatalogueEntry *entry = catalogue_error(reader->catalogue, sqlstate);

	if (entry == NULL)
		return false;
	r->status = entry->http_status;
	r->code = entry->code;
	r->message = entry->message;
	r->hint = entry->hint;
	return true;
}

/* field_details names the argument that PostgreSQL could not read: "... parameter $11 ...". */
static json_t *
field_details(const Route *route, const PGresult *result)
{
	const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
	const char *at = context ? strstr(context, "parameter $") : NULL;
	int			n = at ? atoi(at + strlen("parameter $")) - CALLER_VALUES - 1 : -1;

	if (n < 0 || (size_t) n >= route->narguments)
		return NULL;
	return json_pack("[{s:s, s:s}]", "field", route->arguments[n].name, "message", "has an unusable value");
}

Reply
reply_error(const Route *route, const PGresult *result, const Reader *reader)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const char *wait = PQresultErrorField(result, PG_DIAG_COLUMN_NAME);
	Refusal		r = {0};
	VzError		error;

	if (sqlstate != NULL && strncmp(sqlstate, "VZ", 2) == 0 && refusal_of(reader, sqlstate, &r))
	{
		r.hint = hint ? hint : r.hint;
		r.details = PQresultErrorField(result, PG_DIAG_DATATYPE_NAME);
		r.retry_after_s = wait ? atoi(wait) : 0;
		return write_refusal(&r, reader);
	}
	error = sqlstate_error(sqlstate);
	log_line(error == VZ_E_INTERNAL_ERROR || error == VZ_E_SERVICE_MISCONFIGURED ? LOG_ERROR : LOG_WARN,
			 "the database refused a statement",
			 "request_id", reader->request_id, "path", route->path, "sqlstate", sqlstate,
			 "error", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
			 "detail", error == VZ_E_SERVICE_MISCONFIGURED
			 ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL, NULL);
	return reply_refusal(error, error == VZ_E_VALIDATION_ERROR ? field_details(route, result) : NULL, reader,
						 vz_error_info[error].http_status == 503 ? 1 : 0);
}

Reply
reply_value(const json_t *refusal, const Reader *reader)
{
	const json_t *details = json_object_get(refusal, "details");
	const char *hint = json_string_value(json_object_get(refusal, "hint"));
	const char *sqlstate = json_string_value(json_object_get(refusal, "sqlstate"));
	char	   *text = details ? json_dumps(details, JSON_COMPACT) : NULL;
	Refusal		r = {0};
	Reply		reply;

	if (sqlstate == NULL || !refusal_of(reader, sqlstate, &r))
	{
		free(text);
		return reply_refusal(VZ_E_INTERNAL_ERROR, NULL, reader, 0);
	}
	r.hint = hint ? hint : r.hint;
	r.details = text;
	r.retry_after_s = (int) json_integer_value(json_object_get(refusal, "retry_after"));
	reply = write_refusal(&r, reader);
	free(text);
	return reply;
}
