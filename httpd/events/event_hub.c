/*
 * event_hub.c
 *		The event streams of one loop (see event_hub.h).
 *
 * A function looks at what has happened, and its answer needs a moment until its
 * stream is here. So each hub keeps the newest events for a while, and gives a
 * new stream those of its channel that its function cannot have seen: ids of one
 * channel are in the order of their commits.
 */
#include "event_hub.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../base/metrics.h"
#include "../base/watch.h"
#include "../config/config.h"

#define BUCKETS		1024
#define RECENT_MAX	1024
#define BEAT_MS		15000
#define HUBS_MAX	64

/* What is put in, in order: an event, or NULL for an interruption. */
typedef struct Arrival
{
	Event	   *event;
	struct Arrival *next;
} Arrival;

struct EventHub
{
	Mailbox    *home;
	pthread_mutex_t lock;		/* guards arrivals */
	Arrival    *arrivals;
	Arrival   **tail;
	EventStream *buckets[BUCKETS];
	Event	   *recent[RECENT_MAX];
	unsigned int next_recent;
	bool		is_closed;
};

static EventHub *hubs[HUBS_MAX];
static atomic_int nhubs;
static atomic_int nstreams;

EventHub *
event_hub_new(Mailbox *home)
{
	EventHub   *hub = calloc(1, sizeof(*hub));

	if (hub == NULL || atomic_load(&nhubs) == HUBS_MAX)
		abort();
	hub->home = home;
	hub->tail = &hub->arrivals;
	pthread_mutex_init(&hub->lock, NULL);
	hubs[atomic_load(&nhubs)] = hub;
	atomic_fetch_add(&nhubs, 1);
	return hub;
}

int
event_hubs_count(void)
{
	return atomic_load(&nstreams);
}

/* bucket_of returns where the streams of a channel are. */
static EventStream **
bucket_of(EventHub *hub, const char *channel)
{
	unsigned int hash = 2166136261u;

	for (const char *p = channel; *p != '\0'; p++)
		hash = (hash ^ (unsigned char) *p) * 16777619u;
	return &hub->buckets[hash % BUCKETS];
}

/* hand_out gives an event to the streams of its channel, and keeps it for a while. */
static void
hand_out(EventHub *hub, Event *event)
{
	for (EventStream *s = *bucket_of(hub, event->channel); s != NULL; s = s->next)
		if (strcmp(s->channel, event->channel) == 0)
			event_stream_push(s, event);
	event_unref(hub->recent[hub->next_recent]);
	hub->recent[hub->next_recent] = event_ref(event);
	hub->next_recent = (hub->next_recent + 1) % RECENT_MAX;
}

/* finish_all ends every stream of the hub. */
static void
finish_all(EventHub *hub)
{
	for (int i = 0; i < BUCKETS; i++)
		for (EventStream *s = hub->buckets[i]; s != NULL; s = s->next)
			event_stream_finish(s);
}

/* take_arrivals hands out what was put in; the letter of put_in. */
static void
take_arrivals(void *argument)
{
	EventHub   *hub = argument;
	Arrival    *arrival;

	pthread_mutex_lock(&hub->lock);
	arrival = hub->arrivals;
	hub->arrivals = NULL;
	hub->tail = &hub->arrivals;
	pthread_mutex_unlock(&hub->lock);
	while (arrival != NULL)
	{
		Arrival    *next = arrival->next;

		if (arrival->event != NULL)
			hand_out(hub, arrival->event);
		else
			finish_all(hub);
		event_unref(arrival->event);
		free(arrival);
		arrival = next;
	}
}

/* put_in puts an event, or an interruption, into a hub. */
static void
put_in(EventHub *hub, Event *event)
{
	Arrival    *arrival = calloc(1, sizeof(*arrival));
	bool		is_first;

	if (arrival == NULL)
		abort();
	arrival->event = event ? event_ref(event) : NULL;
	pthread_mutex_lock(&hub->lock);
	is_first = hub->arrivals == NULL;
	*hub->tail = arrival;
	hub->tail = &arrival->next;
	pthread_mutex_unlock(&hub->lock);
	if (is_first)
		mailbox_post(hub->home, take_arrivals, hub);
}

void
event_hubs_publish(Event *event)
{
	for (int i = 0; i < atomic_load(&nhubs); i++)
		put_in(hubs[i], event);
}

void
event_hubs_interrupt(void)
{
	for (int i = 0; i < atomic_load(&nhubs); i++)
		put_in(hubs[i], NULL);
}

void
event_hub_add(EventHub *hub, EventStream *stream, void (*wake) (void *), void *argument)
{
	EventStream **bucket = bucket_of(hub, stream->channel);

	stream->hub = hub;
	stream->wake = wake;
	stream->wake_argument = argument;
	stream->beat_ms = monotonic_ms() + BEAT_MS;
	stream->end_ms = monotonic_ms() + config_int(CONFIG_EVENT_STREAM_LIFETIME);
	stream->previous = bucket;
	if ((stream->next = *bucket) != NULL)
		stream->next->previous = &stream->next;
	*bucket = stream;
	atomic_fetch_add(&nstreams, 1);
	metrics_add(GAUGE_EVENT_STREAMS, 1);
	for (unsigned int i = 0; i < RECENT_MAX; i++)
	{
		Event	   *event = hub->recent[(hub->next_recent + i) % RECENT_MAX];

		if (event != NULL && strcmp(event->channel, stream->channel) == 0)
			event_stream_push(stream, event);
	}
	if (hub->is_closed)
		event_stream_finish(stream);
}

void
event_hub_remove(EventStream *stream)
{
	if (stream != NULL && stream->hub != NULL)
	{
		if ((*stream->previous = stream->next) != NULL)
			stream->next->previous = stream->previous;
		atomic_fetch_sub(&nstreams, 1);
		metrics_add(GAUGE_EVENT_STREAMS, -1);
	}
	event_stream_discard(stream);
}

void
event_hub_tick(EventHub *hub, int64_t now_ms)
{
	for (int i = 0; i < BUCKETS; i++)
		for (EventStream *s = hub->buckets[i]; s != NULL; s = s->next)
		{
			if (now_ms >= s->end_ms)
				event_stream_finish(s);
			else if (now_ms >= s->beat_ms)
			{
				s->beat_ms = now_ms + BEAT_MS;
				event_stream_beat(s);
			}
		}
}

void
event_hub_close(EventHub *hub)
{
	hub->is_closed = true;
	finish_all(hub);
}
