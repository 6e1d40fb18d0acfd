/*
 * lock.h
 *		Locks on no row, which nobody outside can name.
 *
 * Whoever may call pg_advisory_lock can hold whatever number a rule uses, and
 * stop the rule unseen. These locks have tags of classes that no SQL
 * function can make; pg_locks shows them as advisory, with the class as objsubid.
 */
#ifndef VEZA_LOCK_H
#define VEZA_LOCK_H

#include "compat.h"
#include "storage/lock.h"

/* What is locked: the class of the tag. pg_advisory_lock uses 1 and 2. */
typedef enum VzLockKind
{
	VZ_LOCK_HASHING = 3,		/* a place for hashing passwords; key: its number */
	VZ_LOCK_JOBS,				/* whoever runs the due jobs */
	VZ_LOCK_MIGRATION,			/* whoever migrates */
	VZ_LOCK_IDEMPOTENCY,		/* a request under a key; key: hash of the record's key */
	VZ_LOCK_LIVE_CHANNEL,		/* whoever publishes events on a channel; key: its hash */
	VZ_LOCK_PLAY,				/* a listener of a track; key: of the digest */
	VZ_LOCK_TRACK_MATCH,		/* whoever compares a track with those of others */
	VZ_LOCK_USER_PAIR			/* two users who follow or block each other; key: hash of both */
} VzLockKind;

typedef struct VzLock
{
	LOCKTAG		tag;
} VzLock;

/* The lock of this kind and key in this database; taking it is another step. */
extern VzLock vz_lock(VzLockKind kind, uint64 key);

/*
 * Locks of the transaction: given back when it ends, or a savepoint under them
 * is rolled back, or early by vz_unlock. Taking waits, as long as lock_timeout
 * allows; trying answers at once whether the lock is ours.
 */
extern void vz_lock_take(const VzLock *lock);
extern bool vz_lock_try(const VzLock *lock);
extern void vz_unlock(const VzLock *lock);

#endif							/* VEZA_LOCK_H */
