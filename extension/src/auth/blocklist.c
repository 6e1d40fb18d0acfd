/*
 * blocklist.c
 *		Passwords that are guessed first (see blocklist.h); no server header.
 *
 * The words are those of Debian's cracklib, put into one text at build time:
 * lower case, sorted, each with a line end behind it. A text, and not an array
 * of pointers, is shared by all backends.
 */
#include "blocklist.h"

#include <stddef.h>
#include <string.h>

static const char words[] = "\n"
#include "blocklist_words.h"
;

#define WORD_MAX 64
#define DECORATION_MAX 4

/* lower writes a text in lower case; false when it is too long to be a word. */
static bool
lower(const char *text, char out[WORD_MAX])
{
	size_t		len = strlen(text);

	if (len >= WORD_MAX)
		return false;
	for (size_t i = 0; i <= len; i++)
		out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char) (text[i] + 32) : text[i];
	return true;
}

/* is_listed searches the words by halving. */
static bool
is_listed(const char *word, size_t len)
{
	size_t		low = 0;
	size_t		high = sizeof(words) - 2;	/* the last line end */

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;
		size_t		start = middle;
		size_t		end;
		int			order;

		/* A line begins behind the line end at start, and ends at end. */
		while (start > low && words[start] != '\n')
			start--;
		end = start + 1;
		while (words[end] != '\n')
			end++;
		order = memcmp(word, words + start + 1, len < end - start - 1 ? len : end - start - 1);
		if (order == 0)
			order = len < end - start - 1 ? -1 : len > end - start - 1;
		if (order == 0)
			return true;
		if (order < 0)
			high = start;
		else
			low = end;
	}
	return false;
}

/* is_letter: what a word's core begins and ends with. */
static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

bool
vz_password_is_common(const char *password)
{
	char		text[WORD_MAX] = "";
	size_t		len;
	size_t		start = 0;
	size_t		end;

	if (!lower(password, text))
		return false;
	len = end = strlen(text);
	if (is_listed(text, len))
		return true;
	while (start < len && !is_letter(text[start]))
		start++;
	while (end > start && !is_letter(text[end - 1]))
		end--;
	if (start == len)
		return len > 0 && strspn(text, "0123456789") == len;
	return len - (end - start) <= DECORATION_MAX && is_listed(text + start, end - start);
}

bool
vz_password_is_about(const char *password, const char *word)
{
	char		text[WORD_MAX * 2 + 1];
	char		about[WORD_MAX];
	size_t		len = strcspn(word, "@");
	size_t		i = 0;

	if (len < 4 || len >= WORD_MAX)
		return false;
	for (; i < len; i++)
		about[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char) (word[i] + 32) : word[i];
	about[len] = '\0';
	for (i = 0; i < sizeof(text) - 1 && password[i] != '\0'; i++)
		text[i] = password[i] >= 'A' && password[i] <= 'Z' ? (char) (password[i] + 32) : password[i];
	text[i] = '\0';
	return strstr(text, about) != NULL;
}
