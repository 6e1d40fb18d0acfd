/*
 * entity_tag.c
 *		Lists of entity tags (see entity_tag.h).
 */
#include "entity_tag.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* tag_matches says whether the text between the quotes of a tag is the wanted one, or says more behind it. */
static bool
tag_matches(const char *text, size_t len, const char *wanted)
{
	size_t		n = strlen(wanted);

	return len >= n && strncmp(text, wanted, n) == 0 && (len == n || text[n] == '.' || text[n] == '-');
}

/* opaque_length returns the length of what stands between the quotes; -1 when the quote is not closed, or blanks are in it. */
static ptrdiff_t
opaque_length(const char *text)
{
	for (size_t i = 0;; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (c == '"')
			return (ptrdiff_t) i;
		if (c <= ' ' || c == 0x7F)
			return -1;
	}
}

VzTagList
vz_tags_judge(const char *list, const char *tag)
{
	VzTagList	verdict = VZ_TAGS_BROKEN;
	const char *p = list + strspn(list, " \t");

	if (*p == '*' && p[1 + strspn(p + 1, " \t")] == '\0')
		return VZ_TAGS_ANY;
	/* RFC 9110 5.6.1: empty elements of a list are no mistake. */
	while (*(p += strspn(p, ", \t")) != '\0')
	{
		ptrdiff_t	len;

		if (strncmp(p, "W/", 2) == 0)
			p += 2;
		if (*p != '"' || (len = opaque_length(p + 1)) < 0)
			return VZ_TAGS_BROKEN;
		if (tag_matches(p + 1, (size_t) len, tag))
			verdict = VZ_TAGS_NAME_IT;
		else if (verdict == VZ_TAGS_BROKEN)
			verdict = VZ_TAGS_NAME_OTHERS;
		p += len + 2;
		p += strspn(p, " \t");
		if (*p != ',' && *p != '\0')
			return VZ_TAGS_BROKEN;
	}
	return verdict;
}
