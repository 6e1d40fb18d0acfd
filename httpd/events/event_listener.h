/*
 * event_listener.h
 *		The thread that hears of events from PostgreSQL and puts them into the
 *		hubs of all loops, over one connection of its own.
 */
#ifndef VEZA_EVENT_LISTENER_H
#define VEZA_EVENT_LISTENER_H

/* Starts it, once there are hubs; stops it, and waits for that for some seconds at most. */
extern void event_listener_start(void);
extern void event_listener_stop(void);

#endif							/* VEZA_EVENT_LISTENER_H */
