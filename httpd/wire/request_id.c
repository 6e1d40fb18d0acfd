/*
 * request_id.c
 *		Request ids (see request_id.h).
 */
#include "request_id.h"

#include <ctype.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Random bytes of this thread that no id has had: asking the kernel for a few at a time would cost more than all else here. */
static __thread unsigned char unused_bytes[4096];
static __thread size_t nunused;

/* random_bytes takes the next 16. */
static const unsigned char *
random_bytes(void)
{
	if (nunused == 0)
	{
		randombytes_buf(unused_bytes, sizeof(unused_bytes));
		nunused = sizeof(unused_bytes);
	}
	nunused -= 16;
	return unused_bytes + nunused;
}

/* make_random_id writes a random id: a UUID, version 4. */
static void
make_random_id(char id[REQUEST_ID_MAX + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char b[16];
	char	   *p = id;

	memcpy(b, random_bytes(), sizeof(b));
	b[6] = (b[6] & 0x0F) | 0x40;
	b[8] = (b[8] & 0x3F) | 0x80;
	for (size_t i = 0; i < sizeof(b); i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[b[i] >> 4];
		*p++ = digits[b[i] & 15];
	}
	*p = '\0';
}

void
request_id_take(char id[REQUEST_ID_MAX + 1], const char *value, size_t length)
{
	bool		ok = value != NULL && length > 0 && length <= REQUEST_ID_MAX;

	for (size_t i = 0; ok && i < length; i++)
		ok = isalnum((unsigned char) value[i]) || (value[i] != '\0' && strchr("._-", value[i]) != NULL);
	if (ok)
		snprintf(id, REQUEST_ID_MAX + 1, "%.*s", (int) length, value);
	else
		make_random_id(id);
}
