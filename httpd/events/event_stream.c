/*
 * event_stream.c
 *		The events of one client (see event_stream.h).
 */
#include "event_stream.h"

#include <stdlib.h>
#include <string.h>

static const char beat[] = ":\n\n";

/* append_event puts an event at the end of the queue, which has room. */
static void
append_event(EventStream *stream, Event *event)
{
	stream->queue[(stream->first + stream->count++) % EVENT_STREAM_MAX] = event;
}

EventStream *
event_stream_new(const char *channel, int64_t last, Event *beginning)
{
	EventStream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL || (stream->channel = strdup(channel)) == NULL)
		abort();
	stream->last = last;
	append_event(stream, beginning);
	return stream;
}

/* wake_stream resumes the connection that waits. */
static void
wake_stream(EventStream *stream)
{
	if (!stream->is_waiting)
		return;
	stream->is_waiting = false;
	stream->wake(stream->wake_argument);
}

void
event_stream_push(EventStream *stream, Event *event)
{
	if (event->id <= stream->last || stream->is_over || stream->is_broken)
		return;
	if (stream->count == EVENT_STREAM_MAX)
		stream->is_broken = true;
	else
	{
		append_event(stream, event_ref(event));
		stream->last = event->id;
	}
	wake_stream(stream);
}

void
event_stream_beat(EventStream *stream)
{
	stream->beat_is_due = true;
	wake_stream(stream);
}

void
event_stream_finish(EventStream *stream)
{
	stream->is_over = true;
	wake_stream(stream);
}

/* drop_first lets the first event go, which was sent. */
static void
drop_first(EventStream *stream)
{
	event_unref(stream->queue[stream->first]);
	stream->first = (stream->first + 1) % EVENT_STREAM_MAX;
	stream->count--;
	stream->sent = 0;
}

/* take_queued copies of the queue, as much as fits. */
static size_t
take_queued(EventStream *stream, char *out, size_t max)
{
	size_t		n = 0;

	while (stream->count > 0 && n < max)
	{
		const Event *event = stream->queue[stream->first];
		size_t		piece = event->length - stream->sent;

		if (piece > max - n)
			piece = max - n;
		memcpy(out + n, event->text + stream->sent, piece);
		n += piece;
		stream->sent += piece;
		if (stream->sent == event->length)
			drop_first(stream);
	}
	return n;
}

ssize_t
event_stream_take(EventStream *stream, char *out, size_t max)
{
	size_t		n;

	if (stream->is_broken)
		return EVENT_STREAM_BROKEN;
	n = take_queued(stream, out, max);
	/* Whatever was sent shows as well as a beat that somebody is there. */
	if (n == 0 && stream->beat_is_due && max >= sizeof(beat) - 1)
	{
		n = sizeof(beat) - 1;
		memcpy(out, beat, n);
	}
	if (n > 0)
	{
		stream->beat_is_due = false;
		return (ssize_t) n;
	}
	if (stream->is_over)
		return EVENT_STREAM_END;
	stream->is_waiting = true;
	return EVENT_STREAM_LATER;
}

void
event_stream_discard(EventStream *stream)
{
	if (stream == NULL)
		return;
	while (stream->count > 0)
		drop_first(stream);
	free(stream->channel);
	free(stream);
}
