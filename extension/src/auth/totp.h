/*
 * totp.h
 *		Time-based one-time passwords, RFC 6238: SHA-1, 6 digits, 30 s.
 */
#ifndef VEZA_TOTP_H
#define VEZA_TOTP_H

#include "../core/compat.h"

#define VZ_TOTP_SECRET_BYTES	20
#define VZ_TOTP_STEP_S			30

/* Returns the code of a time step (Unix time / 30 s), 0 to 999999. */
extern int	vz_totp_code(const uint8 secret[VZ_TOTP_SECRET_BYTES], int64 step);

/*
 * Returns the step whose code it is, among the present one and its neighbours,
 * if that is later than last_step; else 0. text is what the user typed.
 */
extern int64 vz_totp_match(const uint8 secret[VZ_TOTP_SECRET_BYTES], const char *text, int64 now_step, int64 last_step);

#endif							/* VEZA_TOTP_H */
