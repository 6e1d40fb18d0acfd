/*
 * comment_delete.h
 *		Taking comments away: for good, or out of sight.
 */
#ifndef VEZA_COMMENT_DELETE_H
#define VEZA_COMMENT_DELETE_H

#include "../core/ground/query.h"

/* Hides a comment from everybody, as a moderator, or shows it again; false when it is deleted, or so already. */
extern bool vz_comment_hide(const pg_uuid_t *id);
extern bool vz_comment_unhide(const pg_uuid_t *id);

/* Deletes what an account that ends has written, and takes its likes back. */
extern void vz_comments_end_account(const pg_uuid_t *user_id);

#endif							/* VEZA_COMMENT_DELETE_H */
