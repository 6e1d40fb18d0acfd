/*
 * search_words_test.c
 *		What a text is searched by.
 */
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/track/search_words.h"
#include "tap.h"

/* folded folds a text; the result stays until the next call. */
static const char *
folded(const char *text)
{
	static char out[1000];

	vz_search_fold(text, strlen(text), out);
	return out;
}

/* note is the visitor that writes all terms as one text: kind, number and term. */
static void
note(const char *term, size_t len, VzTermKind kind, int number, void *state)
{
	static const char kinds[] = "wnp";
	char	   *out = state;

	snprintf(out + strlen(out), 4000 - strlen(out), "%s%c%d:%.*s", out[0] ? " " : "", kinds[kind], number, (int) len, term);
}

/* terms writes all terms of a folded text. */
static const char *
terms(const char *text)
{
	static char out[4000];

	out[0] = '\0';
	vz_search_terms(text, note, out);
	return out;
}

/* shares_term is the visitor that says whether one of its terms is among those of another text. */
static void
shares_term(const char *term, size_t len, VzTermKind kind, int number, void *state)
{
	void	  **pair = state;
	char		wanted[200];

	snprintf(wanted, sizeof(wanted), " n%d:%.*s ", number, (int) len, term);
	if (kind == VZ_TERM_NEAR && strstr(pair[0], wanted) != NULL)
		*(bool *) pair[1] = true;
}

/* is_near says whether two words have a term of their neighbourhoods in common. */
static bool
is_near(const char *a, const char *b)
{
	char	   *of_a = malloc(5000);
	bool		found = false;
	void	   *pair[] = {of_a, &found};

	snprintf(of_a, 5000, " %s ", terms(a));
	vz_search_terms(b, shares_term, pair);
	free(of_a);
	return found;
}

int
main(void)
{
	static const char *const folds[][2] = {
		{"e\xCC\x81te\xCC\x81", "ete"}, {"stra\xC3\x9F" "e", "strasse"}, {"l'e\xCC\x81te\xCC\x81", "l ete"},
		{"don't", "dont"}, {"mozart's requiem", "mozart requiem"}, {"mozart\xE2\x80\x99s", "mozart"},
		{"rock'n'roll", "rocknroll"}, {"the boys'", "the boys"}, {"  a -- b!? ", "a b"}, {"", ""}, {"...", ""},
		{"a\xFF" "b", "a b"}, {"\xC3", ""}, {"\xE6\x9D\xB1\xE4\xBA\xAC", "\xE6\x9D\xB1\xE4\xBA\xAC"},
		{"s\xC3\xB8ren \xC5\x82\xC3\xB3", "soren l\xC3\xB3"}, {"ac/dc", "ac dc"}, {"{a,\"b c\"}", "a b c"}, {"it's's", "it s s"},
	};
	static const char *const keys[][2] = {
		{"the beatles", "beatles"}, {"the", "the"}, {"a", "a"}, {"a b", "b"}, {"les fleurs", "fleurs"}, {"theory", "theory"},
		{"l ete", "ete"}
	};
	static const char *const near[][2] = {
		{"mozart", "mozrat"}, {"mozart", "mozzart"}, {"mozart", "mozar"}, {"mozart", "mozirt"}, {"ete1", "ete2"},
		{"mozart", "mozart"},
		{"\xD0\xB2\xD0\xB5\xD1\x87\xD0\xB5", "\xD0\xB2\xD0\xB5\xD1\x87\xD0\xB0"}
	};
	char		longest[VZ_SEARCH_WORD_MAX + 20];

	for (size_t i = 0; i < sizeof(folds) / sizeof(folds[0]); i++)
		is_text(folded(folds[i][0]), folds[i][1], "'%s'", folds[i][0]);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		is_text(vz_search_sort_key(keys[i][0]), keys[i][1], "'%s' is sorted by", keys[i][0]);
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		ok(is_near(near[i][0], near[i][1]), "'%s' is near '%s'", near[i][0], near[i][1]);
	ok(!is_near("mozart", "mozrtas"), "what is further away is not");
	is_text(terms("abc"), "w0:abc", "a short word is near to nothing");
	is_text(terms("aabb x"), "w0:aabb n0:aabb n0:abb n0:aab w1:x", "of equal neighbours one goes");
	is_text(terms("\xE6\x9D\xB1\xE4\xBA\xAC" "ab"), "p0:\xE6\x9D\xB1\xE4\xBA\xAC p0:\xE4\xBA\xAC w1:ab", "a script without blanks goes by pairs");
	is_text(terms("\xE6\x9D\xB1"), "p0:\xE6\x9D\xB1", "or alone");
	is_text(terms("  "), "", "nothing has no terms");
	memset(longest, 'x', sizeof(longest));
	memcpy(longest + VZ_SEARCH_WORD_MAX - 1, "\xC3\xA9", 2);
	longest[sizeof(longest) - 1] = '\0';
	is_number((long) strlen(terms(longest)) - 3, VZ_SEARCH_WORD_MAX - 1, "a long word is cut between characters");
	return done_testing();
}
