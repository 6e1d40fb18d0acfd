/*
 * event_answer.c
 *		Streams of events (see event_answer.h).
 */
#include "event_answer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/log.h"

#define RETRY_MS 2000			/* how long a client waits before it comes back */

/* write_beginning writes the pause before coming back, and the events that the function names. */
static void
write_beginning(FILE *out, const json_t *events)
{
	size_t		i;
	const json_t *event;

	fprintf(out, "retry: %d\n\n", RETRY_MS);
	json_array_foreach(events, i, event)
	{
		char	   *data = json_dumps(json_object_get(event, "data"), JSON_COMPACT | JSON_ENCODE_ANY);
		json_int_t	id = json_integer_value(json_object_get(event, "id"));
		const char *kind = json_string_value(json_object_get(event, "kind"));

		if (id > 0)
			fprintf(out, "id: %" JSON_INTEGER_FORMAT "\n", id);
		fprintf(out, "event: %s\ndata: %s\n\n", kind ? kind : "message", data ? data : "null");
		free(data);
	}
}

bool
event_answer(Reply *reply, const char *data, size_t len)
{
	json_t	   *said = json_loadb(data, len, 0, NULL);
	const char *channel = json_string_value(json_object_get(said, "channel"));
	char	   *text = NULL;
	size_t		size;
	FILE	   *out = channel != NULL ? open_memstream(&text, &size) : NULL;

	if (out != NULL)
	{
		write_beginning(out, json_object_get(said, "events"));
		fclose(out);
		reply->events = event_stream_new(channel, json_integer_value(json_object_get(said, "last")), event_of_text(channel, text));
		reply->content_type = "text/event-stream";
		reply_header(reply, "X-Accel-Buffering", "no");
	}
	else
		log_line(LOG_ERROR, "events were to be sent, and no channel was named", NULL);
	json_decref(said);
	return out != NULL;
}
