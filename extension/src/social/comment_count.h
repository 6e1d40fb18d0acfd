/*
 * comment_count.h
 *		Counting likes and replies of comments without a row that everybody waits
 *		for, as track/counter.h does it for tracks.
 *
 * Who holds the row of a comment does not count that comment here, but writes
 * its columns: the job takes rows and slots, in this order.
 */
#ifndef VEZA_COMMENT_COUNT_H
#define VEZA_COMMENT_COUNT_H

#include "../core/ground/query.h"

/* Adds n (which may be negative) to the likes ("like") or replies ("reply") of a comment. */
extern void vz_comment_count(const pg_uuid_t *comment_id, const char *kind, int64 n);

/* How many likes there are now. */
extern int64 vz_comment_likes(const pg_uuid_t *comment_id);

/* Moves the slots of some comments to the sums; a job. Returns how many comments it worked on. */
extern int64 vz_job_fold_comment_counters(void);

#endif							/* VEZA_COMMENT_COUNT_H */
