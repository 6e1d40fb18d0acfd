/*
 * reference.c
 *		Which track a location or an identifier means (see reference.h).
 */
#include "reference.h"

#include <string.h>
#include <strings.h>

#include "../core/ground/token.h"
#include "../core/ground/utf8.h"
#include "../track/track_rules.h"
#include "file_text.h"

#define UUID_CHARS 36
#define HASH_CHARS 64
#define TRACKS "tracks/"

/* Names of schemes, and what follows them. */
static const struct
{
	const char *prefix;
	VzReferenceKind kind;
}			schemes[] = {
	{"urn:uuid:", VZ_REFERENCE_TRACK}, {"urn:isrc:", VZ_REFERENCE_ISRC}, {"isrc:", VZ_REFERENCE_ISRC},
	{"urn:sha256:", VZ_REFERENCE_HASH}, {"sha256:", VZ_REFERENCE_HASH},
};

/* read_uuid takes the UUID that the text begins with, if nothing else follows it at once. */
static bool
read_uuid(const char *text, char value[VZ_REFERENCE_SIZE])
{
	unsigned char id[16];

	if (strlen(text) < UUID_CHARS || (text[UUID_CHARS] != '\0' && strchr("/?#.", text[UUID_CHARS]) == NULL))
		return false;
	memcpy(value, text, UUID_CHARS);
	value[UUID_CHARS] = '\0';
	return vz_parse_uuid(value, id);
}

/* read_hash takes 64 hexadecimal digits, in lower case. */
static bool
read_hash(const char *text, char value[VZ_REFERENCE_SIZE])
{
	if (strlen(text) != HASH_CHARS || strspn(text, "0123456789abcdefABCDEF") != HASH_CHARS)
		return false;
	for (int i = 0; i <= HASH_CHARS; i++)
		value[i] = text[i] >= 'A' && text[i] <= 'F' ? (char) (text[i] + ('a' - 'A')) : text[i];
	return true;
}

/* read_value takes what stands behind a scheme. */
static bool
read_value(VzReferenceKind kind, const char *text, char value[VZ_REFERENCE_SIZE])
{
	return kind == VZ_REFERENCE_TRACK ? read_uuid(text, value)
		: kind == VZ_REFERENCE_ISRC ? vz_isrc_read(text, value) : read_hash(text, value);
}

VzReferenceKind
vz_reference_read(const char *uri, char value[VZ_REFERENCE_SIZE])
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
	{
		size_t		len = strlen(schemes[i].prefix);

		if (strncasecmp(uri, schemes[i].prefix, len) == 0)
			return read_value(schemes[i].kind, uri + len, value) ? schemes[i].kind : VZ_REFERENCE_NONE;
	}
	/* In the path only: a query may name anything. */
	for (const char *p = uri; *p != '\0' && *p != '?' && *p != '#'; p++)
		if ((p == uri || p[-1] == '/') && strncmp(p, TRACKS, strlen(TRACKS)) == 0 && read_uuid(p + strlen(TRACKS), value))
			return VZ_REFERENCE_TRACK;
	return VZ_REFERENCE_NONE;
}

/* percent_digit is the value of a hexadecimal digit, or -1. */
static int
percent_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* decode_percents decodes %XX in place; false when what comes out is no text. */
static bool
decode_percents(char *text)
{
	char	   *out = text;

	for (const char *p = text; *p != '\0'; p++)
	{
		int			high = *p == '%' ? percent_digit(p[1]) : -1;
		int			low = high >= 0 ? percent_digit(p[2]) : -1;

		if (low >= 0)
			p += 2;
		*out++ = low >= 0 ? (char) (high * 16 + low) : *p;
		if (out[-1] == '\0')
			return false;
	}
	*out = '\0';
	return vz_is_utf8(text);
}

/* cut_file_suffix cuts a suffix of one to four letters or digits off. */
static void
cut_file_suffix(char *name)
{
	char	   *dot = strrchr(name, '.');
	size_t		len = dot != NULL ? strspn(dot + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") : 0;

	if (dot != NULL && len >= 1 && len <= 4 && dot[1 + len] == '\0')
		*dot = '\0';
}

char *
vz_file_name_words(const char *location, char words[VZ_FILE_NAME_SIZE])
{
	size_t		end = strstr(location, "://") != NULL ? strcspn(location, "?#") : strlen(location);
	size_t		start = end;
	size_t		number;

	while (start > 0 && location[start - 1] != '/' && location[start - 1] != '\\')
		start--;
	if (end - start >= VZ_FILE_NAME_SIZE)
		return NULL;
	memcpy(words, location + start, end - start);
	words[end - start] = '\0';
	if (!decode_percents(words))
		return NULL;
	cut_file_suffix(words);
	for (char *p = words; *p != '\0'; p++)
		if (*p == '_' || (unsigned char) *p < 0x20)
			*p = ' ';
	/* "03 - Artist - Title", "03. Title" */
	number = strspn(words, "0123456789");
	if (number > 0 && number <= 3 && strspn(words + number, " .-") > 0)
		words += number + strspn(words + number, " .-");
	return vz_file_trim(words);
}
