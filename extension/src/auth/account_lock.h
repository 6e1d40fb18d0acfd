/*
 * account_lock.h
 *		Locking an account before anything that belongs to it.
 *
 * Lock order, everywhere: the user's row first. Whatever else is locked then
 * belongs to that user, so nobody waits for it; effects are locked last. The
 * user comes first because one change of a user's things often needs others
 * of them: an activation also ends the user's other subscriptions. With the
 * payment first, two payments of one user would wait for each other
 * (test/isolation shows it).
 */
#ifndef VEZA_ACCOUNT_LOCK_H
#define VEZA_ACCOUNT_LOCK_H

#include "../core/ground/actor.h"

/* Locks the user's row until the end of the transaction: one at a time for each user. Raises USER_NOT_FOUND. */
extern void vz_lock_user(const pg_uuid_t *user_id);

/*
 * Locks the actor's row and looks again: an account that has ended or was
 * suspended while the request waited for the lock begins nothing.
 */
extern void vz_lock_actor(const VzActor *actor);

/*
 * May the account be given what it pays for? One that is suspended or has
 * ended may not, and money that comes for it goes back. The user must be locked.
 */
extern bool vz_account_is_served(const pg_uuid_t *user_id);

#endif							/* VEZA_ACCOUNT_LOCK_H */
