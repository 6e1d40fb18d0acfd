/*
 * template.c
 *		Filling in the templates of mails (see template.h); no server header.
 *
 * What users typed gets into mails here; a value can neither end a header
 * nor become markup, whatever it contains.
 */
#include "template.h"

#include <string.h>

/* put_text writes a string. */
static void
put_text(VzTemplateWrite write, void *out, const char *text)
{
	write(out, text, strlen(text));
}

/*
 * harm_len returns the bytes of the character at p if it could end a line or
 * turn the direction of the text around it: control characters, U+2028 to
 * U+202E, U+2066 to U+2069; else 0.
 */
static size_t
harm_len(const char *text)
{
	const unsigned char *p = (const unsigned char *) text;

	if (p[0] < 0x20 || p[0] == 0x7F)
		return 1;
	if (p[0] == 0xC2 && p[1] >= 0x80 && p[1] <= 0x9F)
		return 2;
	if (p[0] == 0xE2 && ((p[1] == 0x80 && p[2] >= 0xA8 && p[2] <= 0xAE) || (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9)))
		return 3;
	return 0;
}

/* write_value writes a value with blanks instead of characters that do harm. */
static void
write_value(const char *value, VzTemplateWrite write, void *out)
{
	const char *start = value;
	const char *p = value;

	while (*p != '\0')
	{
		size_t		len = harm_len(p);

		if (len > 0)
		{
			write(out, start, (size_t) (p - start));
			put_text(write, out, " ");
			start = p + len;
		}
		p += len > 0 ? len : 1;
	}
	write(out, start, (size_t) (p - start));
}

bool
vz_template_fill(const char *text, const VzTemplateValue *values, size_t nvalues,
				 VzTemplateWrite write, void *out)
{
	const char *open;

	while ((open = strstr(text, "{{")) != NULL)
	{
		const char *close = strstr(open, "}}");
		size_t		len = close ? (size_t) (close - open - 2) : 0;
		size_t		i = 0;

		if (close == NULL)
			return false;
		while (i < nvalues && (strlen(values[i].name) != len || memcmp(values[i].name, open + 2, len) != 0))
			i++;
		if (i == nvalues)
			return false;
		write(out, text, (size_t) (open - text));
		if (values[i].is_filled && values[i].value)
			put_text(write, out, values[i].value);
		else
			write_value(values[i].value ? values[i].value : "", write, out);
		text = close + 2;
	}
	put_text(write, out, text);
	return true;
}

/* write_escaped writes text so that none of it is markup. */
static void
write_escaped(const char *text, size_t len, VzTemplateWrite write, void *out)
{
	size_t		start = 0;

	for (size_t i = 0; i < len; i++)
	{
		const char *instead = text[i] == '&' ? "&amp;" : text[i] == '<' ? "&lt;" : text[i] == '>' ? "&gt;"
			: text[i] == '"' ? "&quot;" : text[i] == '\'' ? "&#39;" : NULL;

		if (instead == NULL)
			continue;
		write(out, text + start, i - start);
		put_text(write, out, instead);
		start = i + 1;
	}
	write(out, text + start, len - start);
}

void
vz_template_html(const char *text, const char *link, VzTemplateWrite write, void *out)
{
	while (*(text += strspn(text, "\n")) != '\0')
	{
		const char *end = strstr(text, "\n\n");
		size_t		len = end ? (size_t) (end - text) : strlen(text);
		bool		is_link;

		while (len > 0 && text[len - 1] == '\n')
			len--;
		is_link = link != NULL && strlen(link) == len && memcmp(text, link, len) == 0;
		put_text(write, out, "<p>");
		if (is_link)
		{
			put_text(write, out, "<a href=\"");
			write_escaped(text, len, write, out);
			put_text(write, out, "\">");
		}
		write_escaped(text, len, write, out);
		put_text(write, out, is_link ? "</a></p>\n" : "</p>\n");
		text += len;
	}
}
