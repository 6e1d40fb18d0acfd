/*
 * totp.c
 *		Time-based one-time passwords (see totp.h); no server header.
 */
#include "totp.h"

#include <stdlib.h>
#include <string.h>

int
vz_totp_code(VzTotpMac mac, const unsigned char secret[VZ_TOTP_SECRET_BYTES], int64_t step)
{
	unsigned char counter[8];
	unsigned char digest[VZ_TOTP_MAC_BYTES];
	const unsigned char *p;

	for (int i = 7; i >= 0; i--, step >>= 8)
		counter[i] = (unsigned char) (step & 0xFF);
	mac(secret, counter, digest);
	p = digest + (digest[VZ_TOTP_MAC_BYTES - 1] & 0x0F);
	return (int) ((((uint32_t) (p[0] & 0x7F) << 24) | ((uint32_t) p[1] << 16) | ((uint32_t) p[2] << 8) | p[3]) % 1000000);
}

int64_t
vz_totp_match(VzTotpMac mac, const unsigned char secret[VZ_TOTP_SECRET_BYTES], const char *text,
			  int64_t now_step, int64_t last_step)
{
	int64_t		found = 0;

	if (strlen(text) != 6 || strspn(text, "0123456789") != 6)
		return 0;
	for (int64_t step = now_step - 1; step <= now_step + 1; step++)
		if (vz_totp_code(mac, secret, step) == atoi(text) && step > last_step)
			found = step;
	return found;
}
