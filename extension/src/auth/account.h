/*
 * account.h
 *		Proving again who one is, for what a stolen session must not do.
 */
#ifndef VEZA_ACCOUNT_H
#define VEZA_ACCOUNT_H

#include "../core/refusal.h"

/*
 * Checks the user's present password; NULL when it is right. Wrong ones are
 * counted, so refuse with VZ_REFUSE_AND_KEEP.
 */
extern VzRefusal *vz_confirm_password(const pg_uuid_t *user_id, const char *password);

#endif							/* VEZA_ACCOUNT_H */
