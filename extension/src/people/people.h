/*
 * people.h
 *		What the files of this room share: two users and how they stand to each
 *		other, and what is left of an account that ends.
 */
#ifndef VEZA_PEOPLE_H
#define VEZA_PEOPLE_H

#include "../core/ground/query.h"

/*
 * Reads the argument id, which names somebody else than the actor; raises what
 * is wrong with it. Whether there is such a user is not looked at.
 */
extern const pg_uuid_t *vz_other_user(FunctionCallInfo fcinfo, pg_uuid_t *other_id);

/*
 * Has whoever follows or blocks between these two users wait for the end of
 * the transaction: a follow sees the block, or the block the follow.
 */
extern void vz_pair_lock(const pg_uuid_t *one, const pg_uuid_t *other);

/* Whether the actor may see another user as others do; suspended and ended accounts nobody sees. */
extern bool vz_person_is_shown(const pg_uuid_t *id, const pg_uuid_t *actor_id);

/* Ends the follows and blocks of a locked account, in both directions; its followers leave by a job. */
extern void vz_people_end_account(const pg_uuid_t *user_id);

#endif							/* VEZA_PEOPLE_H */
