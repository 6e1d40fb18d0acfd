/*
 * template.c
 *		Filling in the templates of mails (see template.h).
 *
 * What users typed gets into mails here; a value can neither end a header
 * nor become markup, whatever it contains.
 */
#include "template.h"

#include <string.h>

/* put writes a string. */
static void
put(VzTemplateWrite write, void *out, const char *text)
{
	write(out, text, strlen(text));
}

/* write_value writes a value with blanks instead of control characters. */
static void
write_value(const char *value, VzTemplateWrite write, void *out)
{
	const char *start = value;
	const char *p;

	for (p = value; *p != '\0'; p++)
		if ((unsigned char) *p < 0x20 || *p == 0x7F)
		{
			write(out, start, (size_t) (p - start));
			put(write, out, " ");
			start = p + 1;
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
		write_value(values[i].value ? values[i].value : "", write, out);
		text = close + 2;
	}
	put(write, out, text);
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
		put(write, out, instead);
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
		put(write, out, "<p>");
		if (is_link)
		{
			put(write, out, "<a href=\"");
			write_escaped(text, len, write, out);
			put(write, out, "\">");
		}
		write_escaped(text, len, write, out);
		put(write, out, is_link ? "</a></p>\n" : "</p>\n");
		text += len;
	}
}
