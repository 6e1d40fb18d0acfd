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

/* make_random_id writes a random id: a UUID, version 4. */
static void
make_random_id(char id[REQUEST_ID_MAX + 1])
{
	unsigned char b[16];

	randombytes_buf(b, sizeof(b));
	b[6] = (b[6] & 0x0F) | 0x40;
	b[8] = (b[8] & 0x3F) | 0x80;
	snprintf(id, REQUEST_ID_MAX + 1,
			 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
			 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
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
