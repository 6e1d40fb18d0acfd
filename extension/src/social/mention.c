/*
 * mention.c
 *		Who is mentioned in a text (see mention.h); no server header.
 */
#include "mention.h"

#include <stdbool.h>
#include <string.h>

/* As in the rule of usernames. */
#define NAME_MIN 3

/* is_name_character says whether a username may have the character. */
static bool
is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

const char *
vz_mention_next(const char *text, char name[VZ_MENTION_ROOM])
{
	char		before = ' ';

	while (*text != '\0')
	{
		size_t		len = 0;

		if (*text != '@' || is_name_character(before) || before == '@' || before == '.')
		{
			before = *text++;
			continue;
		}
		text++;
		while (is_name_character(text[len]))
			len++;
		before = len > 0 ? text[len - 1] : '@';
		if (len >= NAME_MIN && len < VZ_MENTION_ROOM && text[len] != '@')
		{
			for (size_t i = 0; i < len; i++)
				name[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char) (text[i] - 'A' + 'a') : text[i];
			name[len] = '\0';
			return text + len;
		}
		text += len;
	}
	return NULL;
}

int
vz_mentions(const char *text, char names[VZ_MENTIONS_MAX][VZ_MENTION_ROOM])
{
	char		name[VZ_MENTION_ROOM];
	int			n = 0;

	while ((text = vz_mention_next(text, name)) != NULL)
	{
		int			i = 0;

		while (i < n && strcmp(names[i], name) != 0)
			i++;
		if (i < n)
			continue;
		if (n == VZ_MENTIONS_MAX)
			return n + 1;
		memcpy(names[n++], name, sizeof(name));
	}
	return n;
}
