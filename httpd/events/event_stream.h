/*
 * event_stream.h
 *		The events of one client, as a value: events go in, the bytes that
 *		libmicrohttpd asks for come out. In the thread of the client's loop.
 *
 * What a client does not take is kept for it up to EVENT_STREAM_MAX events;
 * then the stream breaks off, and the client comes back with the id that it saw
 * last. No thread and no connection to PostgreSQL waits with it.
 */
#ifndef VEZA_EVENT_STREAM_H
#define VEZA_EVENT_STREAM_H

#include <stdbool.h>
#include <sys/types.h>

#include "event.h"

#define EVENT_STREAM_MAX	64

/* What event_stream_take returns instead of a length. */
#define EVENT_STREAM_LATER	0	/* there is nothing now; the stream wakes its connection */
#define EVENT_STREAM_END	(-1)
#define EVENT_STREAM_BROKEN (-2)

typedef struct EventStream EventStream;

struct EventStream
{
	char	   *channel;
	int64_t		last;			/* what the client has been told of: events up to this id are none for it */
	Event	   *queue[EVENT_STREAM_MAX];
	unsigned int first;
	unsigned int count;
	size_t		sent;			/* bytes of the first */
	bool		beat_is_due;	/* a line that says nothing, which shows whether somebody is there */
	bool		is_over;		/* nothing comes behind what is queued */
	bool		is_broken;
	bool		is_waiting;		/* its connection is suspended */
	int64_t		beat_ms;		/* when the next one is due */
	int64_t		end_ms;			/* when it is over: its client asks again, and its rights are looked at again */
	void		(*wake) (void *);	/* its connection */
	void	   *wake_argument;
	struct EventHub *hub;		/* that it is in, or NULL */
	EventStream *next;
	EventStream **previous;
};

/* Makes one that begins with this event, which is taken over. */
extern EventStream *event_stream_new(const char *channel, int64_t last, Event *beginning);

/* Puts an event at the end, unless the client knows it; wakes the connection. */
extern void event_stream_push(EventStream *stream, Event *event);

/* Sends a beat; says that nothing more comes. Both wake the connection. */
extern void event_stream_beat(EventStream *stream);
extern void event_stream_finish(EventStream *stream);

/* Copies what comes next, max bytes at most, and returns how many; or one of the words above. */
extern ssize_t event_stream_take(EventStream *stream, char *out, size_t max);

/* Frees one that is in no hub. */
extern void event_stream_discard(EventStream *stream);

#endif							/* VEZA_EVENT_STREAM_H */
