/*
 * sha1.c
 *		SHA-1 (see sha1.h). Source: RFC 3174.
 */
#include "sha1.h"

#include <string.h>

/* turn_left rotates to the left. */
static uint32_t
turn_left(uint32_t word, int bits)
{
	return word << bits | word >> (32 - bits);
}

/* mix_block mixes a block of 64 bytes into the state. */
static void
mix_block(Sha1 *s, const unsigned char *block)
{
	uint32_t	w[80];
	uint32_t	a = s->state[0],
				b = s->state[1],
				c = s->state[2],
				d = s->state[3],
				e = s->state[4];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t) block[4 * i] << 24 | (uint32_t) block[4 * i + 1] << 16 |
			(uint32_t) block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 80; i++)
		w[i] = turn_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 80; i++)
	{
		uint32_t	f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
		uint32_t	k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
		uint32_t	next = turn_left(a, 5) + f + e + k + w[i];

		e = d;
		d = c;
		c = turn_left(b, 30);
		b = a;
		a = next;
	}
	s->state[0] += a;
	s->state[1] += b;
	s->state[2] += c;
	s->state[3] += d;
	s->state[4] += e;
}

void
sha1_begin(Sha1 *s)
{
	*s = (Sha1) {.state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0}};
}

void
sha1_update(Sha1 *s, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len > 0)
	{
		size_t		at = (size_t) (s->len % 64);
		size_t		n = len < 64 - at ? len : 64 - at;

		memcpy(s->block + at, p, n);
		s->len += n;
		p += n;
		len -= n;
		if (at + n == 64)
			mix_block(s, s->block);
	}
}

void
sha1_end(Sha1 *s, unsigned char digest[SHA1_BYTES])
{
	uint64_t	bits = s->len * 8;
	unsigned char length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char) (bits >> (56 - 8 * i));
	sha1_update(s, "\x80", 1);
	while (s->len % 64 != 56)
		sha1_update(s, "", 1);
	sha1_update(s, length, sizeof(length));
	for (int i = 0; i < SHA1_BYTES; i++)
		digest[i] = (unsigned char) (s->state[i / 4] >> (24 - 8 * (i % 4)));
}
