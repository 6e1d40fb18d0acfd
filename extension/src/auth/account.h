/*
 * account.h
 *		Showing an account to its owner.
 */
#ifndef VEZA_ACCOUNT_H
#define VEZA_ACCOUNT_H

#include "../core/ground/compat.h"

/* The account as its owner sees it, with its ETag in the head; false when it is not there or deleted. */
extern bool vz_account_json(const pg_uuid_t *user_id, Datum *json);

#endif							/* VEZA_ACCOUNT_H */
