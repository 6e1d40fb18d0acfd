/*
 * reading.h
 *		A file that is sent, piece by piece, without waiting for the disk.
 *
 * What the system holds in memory is read at once; for anything else, opening
 * and closing included, a thread of the disk's goes to it, and whoever reads is
 * told. At most one piece is kept. All calls are one loop's thread's.
 */
#ifndef VEZA_READING_H
#define VEZA_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../base/mailbox.h"

#define READING_LATER	0
#define READING_FAILED	(-1)

typedef struct Reading Reading;

/* Names the file of a content (64 hexadecimal digits) in its kind's directory (static); touches no disk. */
extern Reading *reading_new(const char *directory, const char *hash);

/* Says who is told, in the mailbox's thread, when what was to come later is there; before anything is read. */
extern void reading_tell(Reading *r, Mailbox *home, void (*settled) (void *owner), void *owner);

/* Opens the file and reads its first piece: settled is called; false when too many wait for the disk. */
extern bool reading_open(Reading *r);

/* Once it was opened: is the file there, and how many bytes does it have? */
extern bool reading_is_open(const Reading *r);
extern uint64_t reading_size(const Reading *r);

/* Copies bytes from this place on: their number, READING_LATER and settled is called, or READING_FAILED. */
extern ssize_t reading_take(Reading *r, uint64_t at, char *out, size_t max);

/* Ends it; nobody is told any more. NULL is taken. */
extern void reading_free(Reading *r);

#endif							/* VEZA_READING_H */
