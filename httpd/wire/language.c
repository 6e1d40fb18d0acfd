/*
 * language.c
 *		Which language a client reads (see language.h). Pure: see test/unit.
 */
#include "language.h"

#include <string.h>
#include <strings.h>

/* skip_blanks steps over spaces and tabs. */
static size_t
skip_blanks(const char *text, size_t at, size_t len)
{
	while (at < len && (text[at] == ' ' || text[at] == '\t'))
		at++;
	return at;
}

/* weight_of reads ";q=0.8" in thousandths from a range's parameters; 1000 without one, 0 when it is unreadable. */
static int
weight_of(const char *text, size_t at, size_t end)
{
	int			weight = 0;
	int			digit = 1000;

	if (at == end)
		return 1000;
	at = skip_blanks(text, at + 1, end);
	if (end - at < 3 || strncasecmp(text + at, "q=", 2) != 0)
		return 0;
	for (at += 2; at < end && text[at] != ' ' && text[at] != '\t'; at++)
	{
		if (text[at] == '.')
			continue;
		if (text[at] < '0' || text[at] > '9')
			return 0;
		weight += (text[at] - '0') * digit;
		digit /= 10;
	}
	return weight > 1000 ? 0 : weight;
}

/* find_known returns the known language of a range, the first one for "*", or NULL. */
static const char *
find_known(const char *range, size_t len, const char *const *known)
{
	size_t		primary = 0;

	while (primary < len && range[primary] != '-')
		primary++;
	if (len == 1 && range[0] == '*')
		return known[0];
	for (size_t i = 0; known[i] != NULL; i++)
		if (strlen(known[i]) == primary && strncasecmp(known[i], range, primary) == 0)
			return known[i];
	return NULL;
}

const char *
language_choose(const char *accept, size_t len, const char *const *known)
{
	const char *best = known[0];
	int			best_weight = 0;

	for (size_t at = 0; accept != NULL && at < len;)
	{
		size_t		start = skip_blanks(accept, at, len);
		size_t		end = start;
		size_t		name_end;
		const char *language;
		int			weight;

		while (end < len && accept[end] != ',')
			end++;
		for (name_end = start; name_end < end && strchr("; \t", accept[name_end]) == NULL;)
			name_end++;
		language = find_known(accept + start, name_end - start, known);
		weight = weight_of(accept, skip_blanks(accept, name_end, end), end);
		if (language != NULL && weight > best_weight)
		{
			best = language;
			best_weight = weight;
		}
		at = end + 1;
	}
	return best;
}
