/*
 * search_words_fuzz.c
 *		What people title and search for: the folded text fits its room, and no term has a sign that a query could be made of.
 */
#include "../../extension/src/track/search_words.h"
#include "fuzz.h"

/* check_term is the visitor. */
static void
check_term(const char *term, size_t len, VzTermKind kind, int number, void *state)
{
	(void) kind;
	promise(len > 0 && len <= 4 * VZ_SEARCH_WORD_MAX);
	promise(number >= *(int *) state && number <= *(int *) state + 1);
	*(int *) state = number;
	for (size_t i = 0; i < len; i++)
		promise(strchr("'\\&|!():* ~<", term[i]) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *out = malloc(VZ_SEARCH_ROOM(size));
	size_t		n = vz_search_fold((const char *) data, size, out);
	int			last = 0;

	promise(n == strlen(out) && n < VZ_SEARCH_ROOM(size));
	promise(n == 0 || (out[0] != ' ' && out[n - 1] != ' ' && strstr(out, "  ") == NULL));
	promise(strlen(vz_search_sort_key(out)) > 0 || n == 0);
	vz_search_terms(out, check_term, &last);
	free(out);
	return 0;
}
