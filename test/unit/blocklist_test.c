/*
 * blocklist_test.c
 *		Passwords that are guessed first.
 */
#include <stdlib.h>

#include "../../extension/src/auth/blocklist.h"
#include "tap.h"

static const char words[] =
#include "../../extension/src/auth/blocklist_words.h"
;

/* test_every_word: each word of the list is found, as it is and shouted. */
static void
test_every_word(void)
{
	const char *p = words;
	char		word[64];

	while (*p != '\0')
	{
		size_t		len = strcspn(p, "\n");

		snprintf(word, sizeof(word), "%.*s", (int) len, p);
		each(vz_password_is_common(word), "'%s'", word);
		for (char *c = word; *c != '\0'; c++)
			*c = *c >= 'a' && *c <= 'z' ? (char) (*c - 32) : *c;
		each(vz_password_is_common(word), "'%s'", word);
		p += len + 1;
	}
	all("every word of the list is common, in capitals, too");
}

/* test_common: what is put before and behind a word makes it no better. */
static void
test_common(void)
{
	static const char *const common[] = {"password", "PassWord", "sunshine", "sunshine1", "1sunshine", "Sunshine99!",
	"!!sunshine!!",
	"12345678", "00000000", "19991231", "99999999999999999999"};
	static const char *const fine[] = {"tortoise-shell-9", "correct horse battery", "sunshine12345", "sun shine", "x9$kq!mz",
	"sunshines and more",
	"!!!!!!!!", "éééééééé", ""};
	char		text[200];

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		each(vz_password_is_common(common[i]), "'%s' is accepted", common[i]);
	all("words with up to four signs around them, and digits alone");
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		each(!vz_password_is_common(fine[i]), "'%s' is refused", fine[i]);
	all("others are not");
	for (size_t len = 60; len < 70; len++)
	{
		memset(text, 'a', len);
		text[len] = '\0';
		each(!vz_password_is_common(text), "%zu letters", len);
	}
	all("long ones are no words");
}

/* test_about: names and addresses of the user. */
static void
test_about(void)
{
	static const struct
	{
		const char *password;
		const char *word;
		bool		is_about;
	}			cases[] = {
		{"minnie-2024", "minnie", true}, {"xxMINNIExx", "minnie", true}, {"minnie", "MinniE", true}, {"minni", "minnie", false},
		{"tortoise.mina!", "mina@example.org", true}, {"example.org!", "mina@example.org", false}, {"bobbob", "bob", false},
		{"anything", "", false}, {"anything", "@", false}, {"", "minnie", false}, {"minniE@example.org", "minnie@example.org", true}
	};
	char		password[300];
	char		word[100];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		each(vz_password_is_about(cases[i].password, cases[i].word) == cases[i].is_about, "'%s', '%s'", cases[i].password,
		cases[i].word);
	all("a word of four characters or more");
	memset(password, 'x', sizeof(password));
	strcpy(password + 119, "minnie");
	ok(vz_password_is_about(password, "minnie"), "at the end of a long password");
	memset(word, 'w', sizeof(word));
	word[63] = '\0';
	ok(vz_password_is_about(word, word), "a word of 63 characters");
	word[63] = 'w';
	word[64] = '\0';
	ok(!vz_password_is_about(word, word), "longer ones are no names");
}

int
main(void)
{
	test_every_word();
	test_common();
	test_about();
	return done_testing();
}
