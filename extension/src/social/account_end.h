/*
 * account_end.h
 *		What an account that ends leaves behind here: nothing that it has said.
 */
#ifndef VEZA_SOCIAL_ACCOUNT_END_H
#define VEZA_SOCIAL_ACCOUNT_END_H

#include "../core/ground/query.h"

/* Deletes its comments, likes and words. Before its tracks are removed: what is counted is locked before tracks are. */
extern void vz_social_end_account(const pg_uuid_t *user_id);

#endif							/* VEZA_SOCIAL_ACCOUNT_END_H */
