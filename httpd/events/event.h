/*
 * event.h
 *		An event on its way to clients, as a value: what the database knows of it
 *		goes in, the lines of a server-sent event come out. It never changes, so
 *		all loops share one; the last that lets it go frees it, in whichever thread.
 */
#ifndef VEZA_EVENT_H
#define VEZA_EVENT_H

#include <stddef.h>
#include <stdint.h>

typedef struct Event
{
	_Atomic int references;
	int64_t		id;
	char	   *channel;		/* whose clients it is for */
	char	   *text;			/* as it is sent */
	size_t		length;
} Event;

/* Makes an event, which the caller holds; data is JSON in one line. The id is left out where it is 0. */
extern Event *event_new(const char *channel, int64_t id, const char *kind, const char *data);

/* Makes one whose text is taken over as it stands. */
extern Event *event_of_text(const char *channel, char *text);

/* One more holder, one less. */
extern Event *event_ref(Event *event);
extern void event_unref(Event *event);

#endif							/* VEZA_EVENT_H */
