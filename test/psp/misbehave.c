/*
 * misbehave.c
 *	  How each fault looks on the wire.
 *
 * The operation is already carried out when the fault says so; then answer
 * holds what should have been sent.
 */
#include "faults.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "fields.h"
#include "record.h"
#include "refusal.h"

#define HUGE_SIZE (8 * 1024 * 1024)
#define LOOK_MS 50				/* how often a hanging request looks around */

/* A body that leaves slowly, or not completely. */
struct drip
{
	char	   *body;
	size_t		size;			/* what was promised */
	size_t		stop;			/* where it breaks off */
	int64_t		byte_ms;
};

/* Returns the socket of an exchange. */
static int
socket_of(const struct exchange *exchange)
{
	return MHD_get_connection_info(exchange->connection,
								   MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* Shuts the socket, so that the client sees the end and no answer. */
enum MHD_Result
faults_cut(struct exchange *exchange)
{
	shutdown(socket_of(exchange), SHUT_RDWR);
	return MHD_NO;
}

/* Says nothing until the client goes away or the listener closes. */
static enum MHD_Result
hang(struct exchange *exchange)
{
	char		byte;

	while (nap(LOOK_MS))
	{
		ssize_t		got = recv(socket_of(exchange), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			break;
	}
	return faults_cut(exchange);
}

/* Hands out the next byte, or the next block, or breaks off. */
static ssize_t
drip_read(void *cls, uint64_t position, char *out, size_t most)
{
	struct drip *drip = cls;
	size_t		left = drip->stop - (size_t) position;

	if (left == 0 || (drip->byte_ms > 0 && !nap(drip->byte_ms)))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (drip->byte_ms > 0)
		most = 1;
	if (most > left)
		most = left;
	memcpy(out, drip->body + position, most);
	return (ssize_t) most;
}

/* Frees a drip. */
static void
drip_free(void *cls)
{
	struct drip *drip = cls;

	free(drip->body);
	free(drip);
}

/* Sends the answer up to a point, one byte at a time if byte_ms is set. */
static enum MHD_Result
send_drip(struct exchange *exchange, struct answer *answer, size_t stop, int64_t byte_ms)
{
	struct drip *drip = calloc(1, sizeof(*drip));

	*drip = (struct drip) {answer->body, answer->size, stop, byte_ms};
	answer->body = NULL;
	return http_respond(exchange, answer->status, "application/json",
						MHD_create_response_from_callback(drip->size, 4096, drip_read,
														  drip, drip_free));
}

/* Makes the answer 200 with that JSON, which is taken over. */
static void
answer_with(struct answer *answer, int status, json_t *json)
{
	free(answer->body);
	answer->status = status;
	answer->body = json_dumps(json, JSON_COMPACT);
	answer->size = strlen(answer->body);
	json_decref(json);
}

/* Makes the answer 200 with those bytes, which are taken over. */
static void
answer_bytes(struct answer *answer, char *bytes, size_t size)
{
	free(answer->body);
	*answer = (struct answer) {200, bytes, size};
}

/* Makes the answer the error that a server in that state would send. */
static void
answer_status(struct answer *answer, const struct fault *fault)
{
	const char *code = "HE_00";
	const char *message = "Something went wrong";

	switch (fault->status)
	{
		case 401:
			code = "IR_01", message = "API key not provided or invalid API key used";
			break;
		case 404:
			code = "HE_02", message = "Payment does not exist in our records";
			break;
		case 422:
			message = "Resource is busy. Please try again later.";
			break;
		case 429:
			message = "Too many requests";
			break;
	}
	answer_with(answer, fault->status,
				refusal_body(fault->code[0] != '\0' ? fault->code : code,
							 fault->message[0] != '\0' ? fault->message : message));
}

/* Makes the answer valid JSON whose members have the wrong types. */
static void
answer_wrong_type(struct answer *answer, const struct exchange *exchange)
{
	json_t	   *json = answer->body != NULL && answer->size > 0
		? json_loads(answer->body, 0, NULL) : NULL;
	json_int_t	amount = get_integer(json, "amount", 4999);

	if (json == NULL)
		json = json_pack("{s:s}", "payment_id",
						 exchange->segments > 1 ? exchange->segment[1] : "");
	json_object_set_new(json, "amount", json_sprintf("%lld", (long long) amount));
	json_object_set_new(json, "status", json_string("teleported"));
	answer_with(answer, 200, json);
}

/* Makes the answer 200 with a JSON body of 8 MiB. */
static void
answer_huge(struct answer *answer)
{
	static const char head[] = "{\"padding\":\"";
	char	   *bytes = malloc(HUGE_SIZE);

	memset(bytes, 'x', HUGE_SIZE);
	memcpy(bytes, head, sizeof(head) - 1);
	memcpy(bytes + HUGE_SIZE - 2, "\"}", 2);
	answer_bytes(answer, bytes, HUGE_SIZE);
}

/* Puts members in front of those of the right answer. */
static void
answer_extra(struct answer *answer, const struct fault *fault)
{
	size_t		room = answer->size + strlen(fault->extra) + 2;
	char	   *bytes;

	if (answer->body == NULL || answer->body[0] != '{')
		return;
	bytes = malloc(room);
	snprintf(bytes, room, "{%s%s%s", fault->extra, answer->body[1] == '}' ? "" : ",", answer->body + 1);
	free(answer->body);
	answer->body = bytes;
	answer->size = strlen(bytes);
}

/* Sends an answer as it is and uses its body up. */
enum MHD_Result
answer_send(struct exchange *exchange, struct answer *answer)
{
	char	   *body = answer->body;

	answer->body = NULL;
	return http_send(exchange, answer->status, answer->size > 0 ? "application/json" : NULL,
					 body, answer->size);
}

/* Records an exchange that ends without an answer. */
static void
record_silence(const struct exchange *exchange)
{
	record_exchange(exchange, 0, NULL, 0, exchange->fault);
}

/* Does to an exchange what the fault says; the caller frees what is left. */
enum MHD_Result
faults_misbehave(struct exchange *exchange, const struct fault *fault, struct answer *answer)
{
	static const char garbage[] = "\x1f\x8b<html>502 but not really</html>\xff\xfe";
	size_t		stop;

	switch (fault->mode)
	{
		case FAULT_HANG:
			record_silence(exchange);
			return hang(exchange);
		case FAULT_CLOSE_BEFORE:
		case FAULT_CLOSE_AFTER_COMMIT:
			record_silence(exchange);
			return faults_cut(exchange);
		case FAULT_STATUS:
			answer_status(answer, fault);
			break;
		case FAULT_ERROR200:
			answer_with(answer, 200,
						json_pack("{s:{s:s, s:s, s:s}}", "error", "type", "blocked",
								  "message", "The payment is blocked", "code", "HE_03"));
			break;
		case FAULT_GARBAGE:
			answer_bytes(answer, strdup(garbage), sizeof(garbage) - 1);
			break;
		case FAULT_HUGE:
			answer_huge(answer);
			break;
		case FAULT_EMPTY:
			answer_bytes(answer, strdup(""), 0);
			break;
		case FAULT_WRONG_TYPE:
			answer_wrong_type(answer, exchange);
			break;
		case FAULT_EXTRA:
			answer_extra(answer, fault);
			break;
		default:
			if (answer->body == NULL)
				answer_status(answer, fault);
			break;
	}
	record_exchange(exchange, answer->status, answer->body, answer->size, exchange->fault);
	stop = fault->mode == FAULT_TRUNCATE ? answer->size / 2 : answer->size;
	if (fault->mode == FAULT_TRUNCATE || fault->mode == FAULT_SLOW_DRIP)
		return send_drip(exchange, answer, stop,
						 fault->mode == FAULT_SLOW_DRIP ? fault->byte_ms : 0);
	return answer_send(exchange, answer);
}
