/*
 * etag.c
 *		Entity tags (see etag.h). Pure: see test/unit. Source: RFC 9110 8.8.3 and 13.1.2.
 */
#include "etag.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* opaque skips the mark of a weak tag. */
static const char *
opaque(const char *tag)
{
	return strncmp(tag, "W/", 2) == 0 ? tag + 2 : tag;
}

bool
etag_matches(const char *if_none_match, const char *etag)
{
	const char *wanted = opaque(etag);
	size_t		len = strlen(wanted);
	const char *p = if_none_match + strspn(if_none_match, " \t");

	if (strcmp(p, "*") == 0)
		return true;
	while (*p != '\0')
	{
		const char *tag = opaque(p + strspn(p, ", \t"));
		const char *end = tag[0] == '"' ? strchr(tag + 1, '"') : NULL;

		if (end == NULL)
			return false;
		if ((size_t) (end + 1 - tag) == len && strncmp(tag, wanted, len) == 0)
			return true;
		p = end + 1;
	}
	return false;
}

void
etag_of_content(const char *data, size_t len, char out[ETAG_SIZE])
{
	static const unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
	unsigned char digest[crypto_shorthash_siphashx24_BYTES];
	char		hex[2 * sizeof(digest) + 1];

	crypto_shorthash_siphashx24(digest, (const unsigned char *) data, len, key);
	sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
	snprintf(out, ETAG_SIZE, "W/\"%s\"", hex);
}
