/*
 * totp.h
 *		Time-based one-time passwords, RFC 6238: SHA-1, 6 digits, 30 s. Pure.
 */
#ifndef VEZA_TOTP_H
#define VEZA_TOTP_H

#include <stdint.h>

#define VZ_TOTP_SECRET_BYTES	20
#define VZ_TOTP_STEP_S			30
#define VZ_TOTP_MAC_BYTES		20

/* HMAC-SHA-1 of 8 bytes, from whichever library the caller has. */
typedef void (*VzTotpMac) (const unsigned char secret[VZ_TOTP_SECRET_BYTES], const unsigned char message[8],
						   unsigned char digest[VZ_TOTP_MAC_BYTES]);

/* Returns the code of a time step (Unix time / 30 s), 0 to 999999. */
extern int	vz_totp_code(VzTotpMac mac, const unsigned char secret[VZ_TOTP_SECRET_BYTES], int64_t step);

/*
 * Returns the step whose code it is, among the present one and its neighbours,
 * if that is later than last_step; else 0. text is what the user typed.
 */
extern int64_t vz_totp_match(VzTotpMac mac, const unsigned char secret[VZ_TOTP_SECRET_BYTES], const char *text,
							 int64_t now_step, int64_t last_step);

#endif							/* VEZA_TOTP_H */
