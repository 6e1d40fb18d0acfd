/*
 * lock.c
 *		Locks on no row, which nobody outside can name (see lock.h).
 */
#include "lock.h"

#include "query.h"

#define MAX_SESSION_LOCKS 4

/* The session's locks, so that an error in whoever took them does not leave them taken. */
static VzLock of_session[MAX_SESSION_LOCKS];
static int	session_locks = 0;

VzLock
vz_lock(VzLockKind kind, uint64 key)
{
	VzLock		lock;

	SET_LOCKTAG_ADVISORY(lock.tag, MyDatabaseId, (uint32) (key >> 32), (uint32) key, kind);
	return lock;
}

/* take takes the lock, for the transaction or the session; what follows it looks again, so it must see what is new. */
static bool
take(const VzLock *lock, bool for_session, bool may_wait)
{
	vz_require_read_committed();
	return LockAcquire(&lock->tag, ExclusiveLock, for_session, !may_wait) != LOCKACQUIRE_NOT_AVAIL;
}

void
vz_lock_take(const VzLock *lock)
{
	(void) take(lock, false, true);
}

bool
vz_lock_try(const VzLock *lock)
{
	return take(lock, false, false);
}

void
vz_unlock(const VzLock *lock)
{
	if (!LockRelease(&lock->tag, ExclusiveLock, false))
		elog(ERROR, "a lock was given back that was not taken");
}

bool
vz_lock_try_for_session(const VzLock *lock)
{
	if (session_locks == MAX_SESSION_LOCKS)
		elog(ERROR, "more than %d locks of one session", MAX_SESSION_LOCKS);
	if (!take(lock, true, false))
		return false;
	of_session[session_locks++] = *lock;
	return true;
}

void
vz_unlock_for_session(const VzLock *lock)
{
	for (int i = session_locks - 1; i >= 0; i--)
		if (memcmp(&of_session[i].tag, &lock->tag, sizeof(LOCKTAG)) == 0)
		{
			of_session[i] = of_session[--session_locks];
			(void) LockRelease(&lock->tag, ExclusiveLock, true);
			return;
		}
	elog(ERROR, "a lock of the session was given back that was not taken");
}

/* end_of_transaction gives the session's locks back when their transaction is rolled back. */
static void
end_of_transaction(XactEvent event, void *arg)
{
	if (event != XACT_EVENT_ABORT)
		return;
	while (session_locks > 0)
		(void) LockRelease(&of_session[--session_locks].tag, ExclusiveLock, true);
}

void
vz_lock_init(void)
{
	RegisterXactCallback(end_of_transaction, NULL);
}
