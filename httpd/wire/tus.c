/*
 * tus.c
 *		Headers and addresses of tus 1.0 (see tus.h). Pure: see test/unit. Source: tus.io,
 *		protocol 1.0.0; RFC 4648 for base64.
 */
#include "tus.h"

#include <sodium.h>
#include <string.h>

bool
tus_target_read(const char *target, char id[TUS_ID_LEN + 1], const char **rest)
{
	if (strncmp(target, TUS_PREFIX, strlen(TUS_PREFIX)) != 0)
		return false;
	target += strlen(TUS_PREFIX);
	if (strspn(target, "0123456789abcdef") != TUS_ID_LEN || target[TUS_ID_LEN] != '/')
		return false;
	memcpy(id, target, TUS_ID_LEN);
	id[TUS_ID_LEN] = '\0';
	*rest = target + TUS_ID_LEN;
	return true;
}

bool
tus_number_read(const char *text, uint64_t *number)
{
	size_t		len = strspn(text, "0123456789");

	*number = 0;
	if (len == 0 || text[len] != '\0')
		return false;
	for (; *text != '\0'; text++)
	{
		if (*number > (INT64_MAX - (uint64_t) (*text - '0')) / 10)
			return false;
		*number = *number * 10 + (uint64_t) (*text - '0');
	}
	return true;
}

/* read_base64 decodes len characters, padded; false when they are none, or more than fit. */
static bool
read_base64(const char *text, size_t len, unsigned char *out, size_t size, size_t *n)
{
	*n = 0;
	return len % 4 == 0 && sodium_base642bin(out, size, text, len, NULL, n, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
}

bool
tus_metadata_read(const char *text, void (*pair) (void *state, const char *key, const char *value, size_t len), void *state)
{
	char		key[TUS_METADATA_MAX];
	unsigned char value[TUS_METADATA_MAX];

	if (strlen(text) >= TUS_METADATA_MAX)
		return false;
	while (*(text += strspn(text, " \t")) != '\0')
	{
		size_t		len = strcspn(text, " ,");
		size_t		n = 0;

		if (len == 0)
			return false;
		memcpy(key, text, len);
		key[len] = '\0';
		text += len;
		text += strspn(text, " ");
		len = strcspn(text, " ,");
		if (!read_base64(text, len, value, sizeof(value), &n))
			return false;
		pair(state, key, (const char *) value, n);
		text += len;
		text += strspn(text, " ");
		if (*text != '\0' && *text++ != ',')
			return false;
	}
	return true;
}

bool
tus_checksum_read(const char *text, TusChecksum *out)
{
	size_t		len = strcspn(text, " ");
	size_t		want;

	memset(out, 0, sizeof(*out));
	if (text[len] != ' ')
		return false;
	if (len == 4 && strncmp(text, "sha1", len) == 0)
		out->algorithm = TUS_SHA1, want = 20;
	else if (len == 6 && strncmp(text, "sha256", len) == 0)
		out->algorithm = TUS_SHA256, want = 32;
	else
		return false;
	text += len + 1;
	return read_base64(text, strlen(text), out->digest, sizeof(out->digest), &out->len) && out->len == want;
}
