/*
 * event.c
 *		An event on its way to clients (see event.h).
 */
#include "event.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Event *
event_of_text(const char *channel, char *text)
{
	Event	   *event = calloc(1, sizeof(*event));

	if (event == NULL || (event->channel = strdup(channel)) == NULL)
		abort();
	event->references = 1;
	event->text = text;
	event->length = strlen(text);
	return event;
}

Event *
event_new(const char *channel, int64_t id, const char *kind, const char *data)
{
	Event	   *event;
	char	   *text;

	if ((id > 0 ? asprintf(&text, "id: %lld\nevent: %s\ndata: %s\n\n", (long long) id, kind, data)
		 : asprintf(&text, "event: %s\ndata: %s\n\n", kind, data)) < 0)
		abort();
	event = event_of_text(channel, text);
	event->id = id;
	return event;
}

Event *
event_ref(Event *event)
{
	atomic_fetch_add(&event->references, 1);
	return event;
}

void
event_unref(Event *event)
{
	if (event == NULL || atomic_fetch_sub(&event->references, 1) > 1)
		return;
	free(event->channel);
	free(event->text);
	free(event);
}
