/*
 * proof.h
 *		Proving again who one is, for what a stolen session must not do.
 */
#ifndef VEZA_PROOF_H
#define VEZA_PROOF_H

#include "../core/ground/refusal.h"

/*
 * Checks the user's present password; NULL when it is right. Wrong ones are
 * counted, so refuse with VZ_REFUSE_AND_KEEP.
 */
extern VzRefusal *vz_confirm_password(const pg_uuid_t *user_id, const char *password);

/*
 * Has the actor prove again who one is, before a way into the account is
 * added or renamed: by the password, or by a login within fresh_login seconds.
 * NULL when it is proven. field is the name of the password's argument; refuse
 * with VZ_REFUSE_AND_KEEP. What takes a way in away, or replaces it, asks for
 * the password itself with vz_confirm_password.
 */
extern VzRefusal *vz_prove_identity(const char *field, const char *password);

#endif							/* VEZA_PROOF_H */
