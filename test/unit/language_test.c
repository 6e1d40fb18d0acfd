/*
 * language_test.c
 *		Which language a client reads.
 */
#include "../../httpd/wire/language.h"
#include "tap.h"

static const char *const known[] = {"en", "fr", "de", NULL};

/* choice returns the language for a header, which ends where its length says. */
static const char *
choice(const char *accept)
{
	char		text[256];

	snprintf(text, sizeof(text), "%s, de;q=1.0", accept);
	return language_choose(text, strlen(accept), known);
}

int
main(void)
{
	static const struct
	{
		const char *accept;
		const char *language;
	}			cases[] = {
		{"", "en"}, {"fr", "fr"}, {"FR", "fr"}, {"fr-CA", "fr"}, {"fr-CA,en;q=0.8", "fr"}, {"en;q=0.8,fr-CA", "fr"},
		{"frx", "en"}, {"f", "en"},
		{"es", "en"}, {"es,fr;q=0.1", "fr"}, {"es, de;q=0.5, fr;q=0.6", "fr"}, {"de;q=0.5, fr;q=0.5", "de"}, {"fr;q=0", "en"},
		{"fr;q=0.0, de;q=0.001", "de"},
		{"*", "en"}, {"fr;q=0.5, *;q=0.9", "en"}, {"fr ; q=0.9 , de ; q=0.8", "fr"}, {"\tfr\t", "fr"}, {",,fr,,", "fr"},
		{"fr;q=2", "en"}, {"fr;q=x", "en"},
		{"fr;level=1", "en"}, {"fr;q=", "en"}, {"fr;", "en"}, {"fr;q=1.000", "fr"}, {"fr;q=0.999999999999999999999999", "fr"},
		{"fr;q=99999999999999999999", "en"},
		{";;;q=1", "en"}, {"-fr", "en"}, {"fr-", "fr"}, {"fr;Q=0.7, de;q=0.6", "fr"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_text(choice(cases[i].accept), cases[i].language, "\"%s\"", cases[i].accept);
	is_text(language_choose(NULL, 0, known), "en", "no header");
	return done_testing();
}
