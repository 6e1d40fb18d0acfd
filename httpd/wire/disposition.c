/*
 * disposition.c
 *		Content-Disposition (see disposition.h). Pure: see test/unit. Source: RFC 6266
 *		and RFC 8187.
 */
#include "disposition.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* character_at reads one character of valid UTF-8, and how many bytes it has. */
static uint32_t
character_at(const char *text, size_t *len)
{
	const unsigned char *p = (const unsigned char *) text;
	uint32_t	code = p[0];

	*len = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (*len > 1)
		code &= 0xFFu >> (*len + 1);
	for (size_t i = 1; i < *len; i++)
	{
		if ((p[i] & 0xC0) != 0x80)
		{
			*len = i;
			return 0;
		}
		code = code << 6 | (p[i] & 0x3F);
	}
	return code;
}

/* is_harmful says whether a character has no place in the name of a file. */
static bool
is_harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c < 0x80 && strchr("/\\:*?\"<>|", (int) c) != NULL) ||
		c == 0x200E || c == 0x200F || c == 0x2028 || c == 0x2029 || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 &&
			c <= 0x2069) || c == 0xFEFF;
}

/* clean_name copies a name without what is harmful; never empty, never hidden, no longer than a name may be. */
static void
clean_name(char out[DISPOSITION_NAME_MAX + 1], const char *name)
{
	size_t		n = 0;
	size_t		len;

	for (const char *p = name; *p != '\0'; p += len)
	{
		bool		is_bad = is_harmful(character_at(p, &len)) || (n == 0 && *p == '.');

		if (n + len > DISPOSITION_NAME_MAX)
			break;
		memcpy(out + n, is_bad ? "_" : p, is_bad ? 1 : len);
		n += is_bad ? 1 : len;
	}
	while (n > 0 && (out[n - 1] == ' ' || out[n - 1] == '.'))
		n--;
	out[n] = '\0';
	if (n == 0)
		memcpy(out, "file", sizeof("file"));
}

/* cut_suffix takes the suffix away that a name has already. */
static void
cut_suffix(char *name, const char *suffix)
{
	size_t		n = strlen(name);
	size_t		len = strlen(suffix) + 1;

	if (n > len && name[n - len] == '.' && strcasecmp(name + n - len + 1, suffix) == 0)
		name[n - len] = '\0';
}

/* write_ascii writes a name with an underscore for each character beyond ASCII; true when there is any. */
static bool
write_ascii(FILE *out, const char *name)
{
	bool		has_more = false;
	size_t		len;

	for (const char *p = name; *p != '\0'; p += len)
	{
		bool		is_ascii = character_at(p, &len) < 0x80 && len == 1;

		/* Some take a percent sign in a name for an escape. */
		fputc(is_ascii && *p != '%' ? *p : '_', out);
		has_more = has_more || !is_ascii || *p == '%';
	}
	return has_more;
}

void
disposition_write(char out[DISPOSITION_SIZE], bool is_attachment, const char *name, const char *suffix)
{
	char		clean[DISPOSITION_NAME_MAX + 1];
	FILE	   *text = fmemopen(out, DISPOSITION_SIZE, "w");

	clean_name(clean, name);
	cut_suffix(clean, suffix);
	out[0] = '\0';
	if (text == NULL)
		return;
	fprintf(text, "%s; filename=\"", is_attachment ? "attachment" : "inline");
	if (write_ascii(text, clean))
	{
		fprintf(text, ".%s\"; filename*=UTF-8''", suffix);
		for (const char *p = clean; *p != '\0'; p++)
			if (strchr(LETTERS "!#$&+-.^_`|~", *p) != NULL)
				fputc(*p, text);
			else
				fprintf(text, "%%%02X", (unsigned char) *p);
		fprintf(text, ".%s", suffix);
	}
	else
		fprintf(text, ".%s\"", suffix);
	fclose(text);
}
