/*
 * live_event.h
 *		Telling clients what happens, as it happens: a rule publishes an event on a
 *		channel, veza-httpd hands it to the streams of that channel.
 *
 * A channel is "<kind>:<id>". An event is for whoever may open its channel's
 * stream, so it holds nothing that not all of them may know.
 */
#ifndef VEZA_LIVE_EVENT_H
#define VEZA_LIVE_EVENT_H

#include "../ground/query.h"

/* The channel of a thing, as "user" and its id; palloc'd. */
extern char *vz_live_channel(const char *kind, const pg_uuid_t *id);

/*
 * Publishes an event with the transaction; data is JSON. Events of one channel
 * have ids in the order of their commits, so the channel is held until ours. Who must not wait for
 * it tries to hold it first, which is false when somebody else does, and publishes nothing then.
 */
extern void vz_live_publish(const char *channel, const char *kind, const char *data);
extern void vz_live_hold(const char *channel);
extern bool vz_live_try_hold(const char *channel);

/*
 * What a route with envelope => 'events' answers: the channel, the id of its
 * newest event, and the events to begin with. That is how things stand now (kind
 * and data; NULL: nothing), then what has happened since the event last_seen
 * (0: nothing was seen); where that is forgotten, an event named reset.
 */
extern Datum vz_live_answer(const char *channel, int64 last_seen, const char *kind, const char *data);

/* Forgets events after live_event_keep seconds, a piece at a time; a job. */
extern int64 vz_job_sweep_live_events(void);

#endif							/* VEZA_LIVE_EVENT_H */
