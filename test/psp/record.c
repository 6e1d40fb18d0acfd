/*
 * record.c
 *	  The API exchanges of the recent past, for tests to look at.
 *
 * Bodies are kept as they travelled and parsed only when somebody asks, so that
 * recording costs a copy.  Client secrets stay in: the control port is for tests.
 * record_list() and record_reset() run with the ledger locked.
 */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"

#define RING 20000
#define LARGEST_BODY 262144		/* longer ones are recorded as null */

struct entry
{
	uint64_t	seq;
	char		method[16];
	char	   *path;
	json_t	   *query;
	char	   *idempotency_key;
	char	   *content_type;
	char	   *request;
	char	   *response;
	int			status;
	const char *fault;			/* a literal, or NULL */
};

static struct entry ring[RING];
static uint64_t last_seq;
static uint64_t forgotten_seq;	/* up to here a reset has forgotten */

/* Copies that many bytes as a string, or returns NULL for none or too many. */
static char *
keep(const char *bytes, size_t size)
{
	return bytes != NULL && size > 0 && size <= LARGEST_BODY ? strndup(bytes, size) : NULL;
}

/* Collects one member of the query. */
static enum MHD_Result
add_query(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void) kind;
	json_object_set_new(cls, name, json_string(value != NULL ? value : ""));
	return MHD_YES;
}

/* Frees what an entry points to. */
static void
forget(struct entry *entry)
{
	free(entry->path);
	json_decref(entry->query);
	free(entry->idempotency_key);
	free(entry->content_type);
	free(entry->request);
	free(entry->response);
	*entry = (struct entry) {0};
}

/* Copies a header of the request, or returns NULL. */
static char *
keep_header(const struct exchange *exchange, const char *name)
{
	const char *value = http_header(exchange, name);

	return value != NULL ? strdup(value) : NULL;
}

/* Records an exchange and what was answered; status 0 is "nothing". */
void
record_exchange(const struct exchange *exchange, int status, const char *body,
				size_t size, const char *fault)
{
	struct entry entry = {.status = status, .fault = fault};
	struct entry *slot;

	snprintf(entry.method, sizeof(entry.method), "%s", exchange->method);
	entry.path = strdup(exchange->path);
	entry.query = json_object();
	MHD_get_connection_values(exchange->connection, MHD_GET_ARGUMENT_KIND, add_query,
							  entry.query);
	entry.idempotency_key = keep_header(exchange, "Idempotency-Key");
	entry.content_type = keep_header(exchange, "Content-Type");
	entry.request = keep(exchange->body, exchange->body_size);
	entry.response = keep(body, size);

	ledger_lock();
	entry.seq = ++last_seq;
	slot = &ring[entry.seq % RING];
	forget(slot);
	*slot = entry;
	ledger_unlock();
}

/* Returns text as JSON text, null when it is absent or not UTF-8. */
static json_t *
text_json(const char *text)
{
	json_t	   *json = text != NULL ? json_string(text) : NULL;

	return json != NULL ? json : json_null();
}

/* Returns a body parsed if it is JSON, else as text if wanted, else null. */
static json_t *
body_json(const char *body, bool as_text)
{
	json_t	   *json = body != NULL ? json_loads(body, JSON_DECODE_ANY, NULL) : NULL;

	if (json == NULL && as_text)
		return text_json(body);
	return json != NULL ? json : json_null();
}

/* Returns the recorded exchanges after that number, oldest first. */
json_t *
record_list(uint64_t since)
{
	json_t	   *list = json_array();
	uint64_t	oldest = last_seq > RING ? last_seq - RING : 0;

	if (oldest < forgotten_seq)
		oldest = forgotten_seq;
	for (uint64_t seq = (since > oldest ? since : oldest) + 1; seq <= last_seq; seq++)
	{
		const struct entry *entry = &ring[seq % RING];

		json_array_append_new(list,
							  json_pack("{s:I, s:s, s:o, s:O, s:{s:o, s:o}, s:o, s:i, s:o, s:o}",
										"seq", (json_int_t) seq, "method", entry->method,
										"path", text_json(entry->path), "query", entry->query,
										"headers",
										"idempotency-key", text_json(entry->idempotency_key),
										"content-type", text_json(entry->content_type),
										"request_body", body_json(entry->request, false),
										"status", entry->status,
										"response_body", body_json(entry->response, true),
										"fault", text_json(entry->fault)));
	}
	return json_pack("{s:o, s:I}", "requests", list, "last_seq", (json_int_t) last_seq);
}

/* Forgets every exchange; the numbers go on. */
void
record_reset(void)
{
	for (size_t i = 0; i < RING; i++)
		forget(&ring[i]);
	forgotten_seq = last_seq;
}
