/*
 * follow_count.h
 *		Counting who follows whom without a row that everybody waits for: each
 *		session adds to a slot of its own, and a job moves the sums on. What is shown is
 *		the sum and the slots together, so it is exact at any time.
 */
#ifndef VEZA_FOLLOW_COUNT_H
#define VEZA_FOLLOW_COUNT_H

#include "../core/ground/query.h"

/* Notes that one user follows another now. */
extern void vz_follow_begun(const pg_uuid_t *follower_id, const pg_uuid_t *followed_id);

/* Ends the follow, if there is one, and counts it; says whether there was one. */
extern bool vz_follow_end(const pg_uuid_t *follower_id, const pg_uuid_t *followed_id);

/* Ends those between two users, in both directions. */
extern void vz_follows_end_between(const pg_uuid_t *one, const pg_uuid_t *other);

/* Ends those of an account that ends: whom it follows at once, its followers, whom nobody sees any more, by a job. */
extern void vz_follows_end_account(const pg_uuid_t *user_id);

/* Takes some followers off an account that has ended; returns how many rows were counted. A job. */
extern int64 vz_job_end_follows(void);

/* How many follow a user now, and whom the user follows. */
extern int64 vz_followers_counted(const pg_uuid_t *user_id);
extern int64 vz_following_counted(const pg_uuid_t *user_id);

/* Moves the slots of some users to the sums; returns how many rows went. A job. */
extern int64 vz_job_fold_follows(void);

/* SQL: the same two numbers of the user whose id this is. */
#define VZ_FOLLOWERS_OF(user) \
	"(coalesce((select c.followers from veza_data.follow_count c where c.user_id = " user "), 0)" \
	" + coalesce((select sum(case x.kind when 'lost' then -x.n else x.n end) from veza_data.follow_counter x" \
	"              where x.user_id = " user " and x.kind in ('gained', 'lost')), 0))::bigint"
#define VZ_FOLLOWING_OF(user) \
	"(coalesce((select c.following from veza_data.follow_count c where c.user_id = " user "), 0)" \
	" + coalesce((select sum(x.n) from veza_data.follow_counter x where x.user_id = " user " and x.kind = 'following'), 0))::bigint"

#endif							/* VEZA_FOLLOW_COUNT_H */
