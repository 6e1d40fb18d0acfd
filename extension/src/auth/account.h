/*
 * account.h
 *		Showing an account to its owner, and proving again who one is, for what
 *		a stolen session must not do.
 */
#ifndef VEZA_ACCOUNT_H
#define VEZA_ACCOUNT_H

#include "../core/refusal.h"

/*
 * Checks the user's present password; NULL when it is right. Wrong ones are
 * counted, so refuse with VZ_REFUSE_AND_KEEP.
 */
extern VzRefusal *vz_confirm_password(const pg_uuid_t *user_id, const char *password);

/* The account as its owner sees it, with its ETag in the head; false when it is not there or deleted. */
extern bool vz_account_json(const pg_uuid_t *user_id, Datum *json);

#endif							/* VEZA_ACCOUNT_H */
