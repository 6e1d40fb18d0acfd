/*
 * password_strength_test.c
 *		How hard passwords are to guess.
 */
#include <stdlib.h>

#include "../../extension/src/auth/password_strength.h"
#include "tap.h"

#define BITS 26

static const char *const about[] = {"minnie_k", "zebra.fan@pond.example", NULL, "Mary-Ann", "Öztürk"};

/* why is what is wrong with a password of that user, shortened to what it is made of. */
static const char *
why(const char *password)
{
	static char text[100];
	const char *problem = vz_password_weakness(password, about, sizeof(about) / sizeof(about[0]), BITS);

	if (problem == NULL)
		return "fine";
	if (strncmp(problem, "is easy to guess: it ", 21) != 0 || strchr(problem, ';') == NULL)
		return problem;
	snprintf(text, sizeof(text), "%.*s", (int) strcspn(problem + 21, ";"), problem + 21);
	return text;
}

/* test_reasons: what makes a password weak is said. */
static void
test_reasons(void)
{
	static const struct
	{
		const char *password;
		const char *why;
	}			cases[] = {
		{"aaaaaaaaaaaaaaa", "repeats itself"}, {"abcabcabcabc", "repeats itself"}, {"aabbccddeeff", "repeats itself"},
		{"passwordpassword", "repeats itself"}, {"éééééééé", "repeats itself"},
		{"😀😀😀😀😀😀😀😀", "repeats itself"},
		{"éèéèéèéèéèéè", "repeats itself"}, {"!-!-!-!-!-!-", "is made of words"},
		{"112233445566", "repeats itself"}, {"aaaa-bbbb-cccc", "repeats itself"}, {"aaaabbbbcccc", "repeats itself"},
		{"abcdefgh", "follows"}, {"abcd-efgh-ijkl", "follows"}, {"0123456789abcdef", "follows"}, {"zxcvbnm,./", "follows"},
		{"password123456789", "follows"}, {"19840101", "is made of a date"}, {"17-03-1998", "is made of a date"},
		{"password", "is made of words or passwords"}, {"Sunshine!1", "is made of words or passwords"},
		{"P@ssw0rd!", "is made of words or passwords"}, {"drowssap1", "is made of words or passwords"},
		{"vezavezavezaveza", "has your name"}, {"Veza-Veza-Veza-Veza", "has your name"},
		{"veza.music.2026", "has your name"}, {"minnie_k", "has your name"}, {"MINNIE-K-1", "has your name"},
		{"zebra.fan1", "has your name"}, {"pond.example", "has your name"},
		{"Öztürk!!", "has your name"}, {"m1nn1e!!", "has your name"},
		{"xx-MINNIE_K-kX8#pq2L", "has your name"}, {"kX8#pq2L-zebra.FAN", "has your name"},
		{"q7x", "is too short"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		each(strncmp(why(cases[i].password), cases[i].why, strlen(cases[i].why)) == 0, "'%s': %s", cases[i].password,
			 why(cases[i].password));
	all("repetition, sequences, dates, words, and names of the user and the product");
}

/* test_fine: words that do not belong together are fine, and so are a few random signs. */
static void
test_fine(void)
{
	static const char *const fine[] = {"tortoise-shell-9", "correct horse battery", "another-shell-22", "kX8#pq2L", "Squat-1xyz",
	"minnie eats 7 purple ladders", "un éléphant à vélo", "Привет дорогой кролик"};

	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		each(strcmp(why(fine[i]), "fine") == 0, "'%s': %s", fine[i], why(fine[i]));
	all("others are fine");
	ok(vz_password_weakness("password", NULL, 0, 0) == NULL, "with a threshold of nothing all are");
	ok(vz_password_weakness("correct horse battery", NULL, 0, 200) != NULL, "with a high one none is");
	ok(vz_password_weakness("pond-zebra-minnie", NULL, 0, BITS) == NULL, "somebody else's name is a word like others");
}

/* test_bounds: what is long is judged by how it begins; many names are no harm. */
static void
test_bounds(void)
{
	char		text[2000];
	char		name[2000];
	const char *names[100];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ok(strcmp(why(text), "repeats itself") == 0, "a novel of one letter");
	memcpy(text + VZ_STRENGTH_BYTES, "kX8#pq2L", 8);
	ok(strcmp(why(text), "repeats itself") == 0, "what comes late does not count");
	memcpy(text + VZ_STRENGTH_BYTES - 8, "kX8#pq2L", 8);
	ok(strcmp(why(text), "fine") == 0, "what comes before does");
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = i % 9 == 8 ? '.' : (char) ('a' + i % 23);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < 100; i++)
		names[i] = name;
	ok(vz_password_weakness("tortoise-shell-9", names, 100, BITS) == NULL, "a hundred long names");
	ok(vz_password_weakness("", names, 100, BITS) != NULL, "nothing is weak");
}

int
main(void)
{
	test_reasons();
	test_fine();
	test_bounds();
	return done_testing();
}
