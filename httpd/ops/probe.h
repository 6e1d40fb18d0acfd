/*
 * probe.h
 *		Do the other services answer? Redis, RabbitMQ, chat and stream server:
 *		their addresses are configuration, what comes out is a word and a
 *		latency each. A thread of its own asks all the time; any thread reads
 *		what it has found.
 */
#ifndef VEZA_PROBE_H
#define VEZA_PROBE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum Service
{
	SERVICE_REDIS,
	SERVICE_RABBITMQ,
	SERVICE_CHAT,
	SERVICE_STREAM,
	SERVICE_COUNT
} Service;

typedef struct ProbeResult
{
	const char *status;			/* "ok", "down" or "disabled" */
	const char *error;			/* NULL when ok; static */
	int64_t		latency_us;
} ProbeResult;

/* The name in the answer of the health check; static. */
extern const char *service_name(Service service);

/* Starts a thread that asks every few seconds, for those who cannot wait. */
extern void probe_start(void);

/* What that thread found last; "unknown" before its first look. Never blocks. */
extern ProbeResult probe_latest(Service service);

/*
 * Asks all services at the same time and returns within deadline_ms, whatever
 * hangs. Blocks: not for an event loop's thread.
 */
extern void probe_all(int deadline_ms, ProbeResult results[SERVICE_COUNT]);

#endif							/* VEZA_PROBE_H */
