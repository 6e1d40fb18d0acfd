/*
 * language_fuzz.c
 *		Accept-Language: whatever it says, a known language is chosen, and
 *		nothing behind its end is looked at.
 */
#include <strings.h>

#include "../../httpd/wire/language.h"
#include "fuzz.h"

/* stands_in: the two letters of a language are somewhere in the header. */
static bool
stands_in(const char *text, size_t size, const char *language)
{
	for (size_t i = 0; i + 2 <= size; i++)
		if (strncasecmp(text + i, language, 2) == 0)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const known[] = {"en", "fr", "de", NULL};
	char	   *text = malloc(size + 1);
	const char *chosen;
	bool		is_known = false;

	/* Not terminated: the length is all there is. */
	memcpy(text, data, size);
	text = realloc(text, size ? size : 1);
	chosen = language_choose(size ? text : NULL, size, known);
	for (int i = 0; known[i] != NULL; i++)
		is_known |= chosen == known[i];
	promise(is_known);
	promise(chosen == known[0] || stands_in(text, size, chosen));
	free(text);
	return 0;
}
