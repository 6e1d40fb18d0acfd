/*
 * cookie_fuzz.c
 *		The Cookie header and lists of origins on any text: what is found stands in
 *		the text, and what is allowed stands in the list.
 */
#include "../../httpd/wire/cookie.h"
#include "../../httpd/wire/cors.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);
	char		value[64];
	const char *where = text;
	size_t		len = 0;

	if (cookie_find(text, strlen(text), "a", value, sizeof(value)))
	{
		promise(strstr(text, "a=") != NULL && strstr(text, value) != NULL);
		promise(strpbrk(value, " \t;,\\\"") == NULL);
	}
	if (cors_list_problem(text, &where, &len) == NULL)
		promise(strpbrk(text, "*/?#@") == NULL || strstr(text, "://") != NULL);
	else
		promise(where >= text && where + len <= text + strlen(text));
	if (cors_allows(text, "https://app.example"))
		promise(strstr(text, "https://app.example") != NULL);
	free(text);
	return 0;
}
