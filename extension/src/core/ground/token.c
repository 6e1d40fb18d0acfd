/*
 * token.c
 *		Text forms of identifiers and secrets (see token.h); no server header.
 */
#include "token.h"

/* write_base32 writes data 5 bits a character. */
static void
write_base32(const unsigned char *data, size_t len, const char *digits, char *out)
{
	unsigned int bits = 0;
	int			nbits = 0;

	for (size_t i = 0; i < len; i++)
	{
		bits = (bits << 8) | data[i];
		for (nbits += 8; nbits >= 5; nbits -= 5)
			*out++ = digits[(bits >> (nbits - 5)) & 31];
	}
	if (nbits > 0)
		*out++ = digits[(bits << (5 - nbits)) & 31];
	*out = '\0';
}

/*
 * vz_base32_uuid writes a UUID in 26 characters.
 *
 * With a 4-character prefix that makes exactly the 30 characters which the
 * payment provider's schema demands of a payment id.
 */
void
vz_base32_uuid(const unsigned char id[16], char out[VZ_BASE32_UUID_LEN + 1])
{
	write_base32(id, 16, "abcdefghijklmnopqrstuvwxyz234567", out);
}

void
vz_base32(const unsigned char *data, size_t len, char *out)
{
	write_base32(data, len, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", out);
}

/* uuid_hex_digit returns the value of a hexadecimal digit, or -1. */
static int
uuid_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
vz_parse_uuid(const char *text, unsigned char id[16])
{
	int			n = 0;

	for (int i = 0; i < 36; i++)
	{
		int			digit = uuid_hex_digit(text[i]);

		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (text[i] != '-')
				return false;
			continue;
		}
		if (digit < 0)
			return false;
		id[n / 2] = (unsigned char) (n % 2 ? id[n / 2] | digit : digit << 4);
		n++;
	}
	return text[36] == '\0';
}

void
vz_base64url(const unsigned char *data, size_t n, char *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned int bits = 0;
	int			nbits = 0;

	for (size_t i = 0; i < n; i++)
	{
		bits = (bits << 8) | data[i];
		for (nbits += 8; nbits >= 6; nbits -= 6)
			*out++ = digits[(bits >> (nbits - 6)) & 63];
	}
	if (nbits > 0)
		*out++ = digits[(bits << (6 - nbits)) & 63];
	*out = '\0';
}
