/*
 * etag.c
 *		Entity tags (see etag.h). Pure: see test/unit. Source: RFC 9110 8.8.3 and 13.1.
 */
#include "etag.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "../../extension/src/core/entity_tag.h"

#define DIGEST_SIZE (2 * crypto_shorthash_siphashx24_BYTES + 1)

/* copy_opaque copies what stands between the quotes of a tag of ours; false when that is longer than any. */
static bool
copy_opaque(const char *etag, char out[ETAG_SIZE])
{
	const char *start = strchr(etag, '"');
	const char *end = start ? strrchr(start + 1, '"') : NULL;

	return end != NULL && snprintf(out, ETAG_SIZE, "%.*s", (int) (end - start - 1), start + 1) < ETAG_SIZE;
}

/* judge_tags judges a list of tags against the tag of an answer; one without a tag is named by none. */
static VzTagList
judge_tags(const char *list, const char *etag)
{
	char		text[ETAG_SIZE];

	return vz_tags_judge(list, etag != NULL && copy_opaque(etag, text) ? text : "");
}

bool
etag_matches(const char *if_none_match, const char *etag)
{
	VzTagList	verdict = judge_tags(if_none_match, etag);

	return verdict == VZ_TAGS_ANY || (etag != NULL && verdict == VZ_TAGS_NAME_IT);
}

/* write_digest writes the digest of a content, hexadecimal. */
static void
write_digest(const char *data, size_t len, char out[DIGEST_SIZE])
{
	static const unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
	unsigned char digest[crypto_shorthash_siphashx24_BYTES];

	crypto_shorthash_siphashx24(digest, (const unsigned char *) data, len, key);
	sodium_bin2hex(out, DIGEST_SIZE, digest, sizeof(digest));
}

void
etag_of_content(const char *data, size_t len, char out[ETAG_SIZE])
{
	char		digest[DIGEST_SIZE];

	write_digest(data, len, digest);
	snprintf(out, ETAG_SIZE, "W/\"%s\"", digest);
}

void
etag_of_version(const char *etag, const char *data, size_t len, char out[ETAG_SIZE])
{
	char		version[ETAG_SIZE];
	char		digest[DIGEST_SIZE];

	write_digest(data, len, digest);
	if (!copy_opaque(etag, version) || snprintf(out, ETAG_SIZE, "\"%s.%s\"", version, digest) >= ETAG_SIZE)
		etag_of_content(data, len, out);
}
