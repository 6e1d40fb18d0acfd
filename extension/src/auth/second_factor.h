/*
 * second_factor.h
 *		Second factors at login.
 */
#ifndef VEZA_SECOND_FACTOR_H
#define VEZA_SECOND_FACTOR_H

#include "../core/ground/refusal.h"

/*
 * Judges a login whose password was right: NULL when the account has no
 * second factor or the code is good; the code, or the recovery code, is used
 * up. Either may be NULL.
 */
extern VzRefusal *vz_second_factor_check(const pg_uuid_t *user_id, const char *totp_code, const char *recovery_code);

#endif							/* VEZA_SECOND_FACTOR_H */
