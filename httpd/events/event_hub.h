/*
 * event_hub.h
 *		The event streams of one loop, by channel. Events are put in by the thread
 *		that hears of them and handed out in the loop's thread, in the order in
 *		which they were put in.
 */
#ifndef VEZA_EVENT_HUB_H
#define VEZA_EVENT_HUB_H

#include "../base/mailbox.h"
#include "event_stream.h"

typedef struct EventHub EventHub;

/* Makes a loop's hub, and tells event_hubs_publish of it; it lives as long as the program. */
extern EventHub *event_hub_new(Mailbox *home);

/*
 * Puts an event into every hub; ends the streams of all hubs, because events may
 * have been missed: who comes back is told of them. From any thread.
 */
extern void event_hubs_publish(Event *event);
extern void event_hubs_interrupt(void);

/* How many streams all hubs have; from any thread. */
extern int	event_hubs_count(void);

/*
 * Adds a stream, which is given the events since its function has looked; from
 * now on it wakes its connection by the function. Takes it out and frees it.
 * Both in the loop's thread, as are the following.
 */
extern void event_hub_add(EventHub *hub, EventStream *stream, void (*wake) (void *), void *argument);
extern void event_hub_remove(EventStream *stream);

/* Sends beats and ends streams whose time is over. */
extern void event_hub_tick(EventHub *hub, int64_t now_ms);

/* Ends all streams, and those that are still to come. */
extern void event_hub_close(EventHub *hub);

#endif							/* VEZA_EVENT_HUB_H */
