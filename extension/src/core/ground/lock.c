/*
 * lock.c
 *		Locks on no row, which nobody outside can name (see lock.h).
 */
#include "lock.h"

#include "query.h"

VzLock
vz_lock(VzLockKind kind, uint64 key)
{
	VzLock		lock;

	SET_LOCKTAG_ADVISORY(lock.tag, MyDatabaseId, (uint32) (key >> 32), (uint32) key, kind);
	return lock;
}

/* take_lock takes the lock; what follows it looks again, so it must see what is new. */
static bool
take_lock(const VzLock *lock, bool may_wait)
{
	vz_require_read_committed();
	return LockAcquire(&lock->tag, ExclusiveLock, false, !may_wait) != LOCKACQUIRE_NOT_AVAIL;
}

void
vz_lock_take(const VzLock *lock)
{
	(void) take_lock(lock, true);
}

bool
vz_lock_try(const VzLock *lock)
{
	return take_lock(lock, false);
}

void
vz_unlock(const VzLock *lock)
{
	if (!LockRelease(&lock->tag, ExclusiveLock, false))
		elog(ERROR, "a lock was given back that was not taken");
}
