/*
 * refusal_queue.h
 *		Refusals by a rate limit, on their way into the audit log: loops put an
 *		address and its budget in, the control thread takes them out and carries
 *		a few a second to the database.
 *
 * The queue is short: what does not fit is dropped and counted. A loop never
 * waits here.
 */
#ifndef VEZA_REFUSAL_QUEUE_H
#define VEZA_REFUSAL_QUEUE_H

#include <stdbool.h>

/* Notes that an address was refused by a budget; budget is static. From any thread. */
extern void refusal_queue_put(const char *address, const char *budget);

/* Hands noted refusals to a function, a few in one call, until one says that it failed; that one is lost. */
extern void refusal_queue_drain(bool (*record) (const char *address, const char *budget));

#endif							/* VEZA_REFUSAL_QUEUE_H */
