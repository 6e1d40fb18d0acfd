/*
 * disk.h
 *		Threads that touch the disk, so that loops do not: a few that write, a few
 *		that read.
 *
 * Work is done in the order in which it was given, one piece of it at a time in
 * each thread. Nobody may begin anything new while as much waits as may wait;
 * what was begun is always gone on with.
 */
#ifndef VEZA_DISK_H
#define VEZA_DISK_H

#include <stdbool.h>

#include "../base/mailbox.h"

/* So many calls to a disk that hangs hold up those that come after them. */
#define DISK_THREADS 8

/* So much may wait for a thread. */
#define DISK_WAITING_MAX 256

typedef enum DiskPool
{
	DISK_WRITERS,
	DISK_READERS,
	DISK_POOLS
} DiskPool;

typedef struct DiskWork DiskWork;

/* Embedded as the first member of whatever has the work done, which belongs to the pool from disk_give until done. */
struct DiskWork
{
	void		(*work) (DiskWork *work);	/* in a thread of the pool */
	void		(*done) (void *work);	/* afterwards, in the mailbox's thread */
	Mailbox    *home;
	DiskWork   *next;			/* the pool's */
};

/* Starts the threads; once, before any work is given. */
extern void disk_start(void);

/* Does as much wait as may? Then nothing new is to be begun; from any thread. */
extern bool disk_is_full(DiskPool pool);

/* Has the work done; never waits. From any thread. */
extern void disk_give(DiskPool pool, DiskWork *work);

#endif							/* VEZA_DISK_H */
