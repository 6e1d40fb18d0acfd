/*
 * abuse.h
 *		Refusals by a rate limit, on their way into the audit log.
 *
 * The queue is short: what does not fit is dropped and counted. A loop never
 * waits here; the control thread carries a few a second to the database.
 */
#ifndef VEZA_ABUSE_H
#define VEZA_ABUSE_H

#include <stdbool.h>

/* Notes that an address was refused by a budget; budget is static. From any thread. */
extern void abuse_note(const char *address, const char *budget);

/* Hands noted refusals to a function, a few in one call, until one says that it failed; that one is lost. */
extern void abuse_tell(bool (*tell) (const char *address, const char *budget));

#endif							/* VEZA_ABUSE_H */
