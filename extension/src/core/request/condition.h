/*
 * condition.h
 *		If-Match and If-None-Match of a request that changes something.
 *
 * A function that changes a row with a revision judges them under the row's
 * lock, before it changes anything; veza-httpd refuses them for routes whose
 * errors do not name PRECONDITION_FAILED, and judges those of reads.
 */
#ifndef VEZA_CONDITION_H
#define VEZA_CONDITION_H

#include "../ground/compat.h"

/* Notes the conditions of the request that begins; NULL: none was sent. */
extern void vz_conditions_take(const char *if_match, const char *if_none_match);

/*
 * Raises PRECONDITION_FAILED when a condition of the request does not hold for
 * this version of the row: it has been changed since the caller read it.
 */
extern void vz_check_version(const pg_uuid_t *row_id, int64 revision);

/*
 * The same for something that hangs on a row and has a tag of its own: either
 * tag names it. tag is NULL when it is not there.
 */
extern void vz_check_part(const pg_uuid_t *row_id, int64 revision, const char *tag);

#endif							/* VEZA_CONDITION_H */
