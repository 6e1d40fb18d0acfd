/*
 * validators_test.c
 *		Usernames, e-mail addresses and passwords.
 */
#include <stdlib.h>

#include "../../extension/src/auth/validators.h"
#include "tap.h"

/* repeat makes a text of n times c. */
static const char *
repeat(char c, size_t n)
{
	static char text[400];

	memset(text, c, n);
	text[n] = '\0';
	return text;
}

/* test_username: length, characters, reserved words. */
static void
test_username(void)
{
	static const char *const good[] = {"abc", "A-b_9", "---", "123", "mee", "admin1", "searching", "deleted", "deletedly"};
	static const char *const wrong[] = {"", "a", "ab", "a b", "a.b", "a@b", "abc\n", "ab\tc", "\xc3\xa9t\xc3\xa9",
	"a/b", "a%00b", "<script>", "abc\xff"};
	static const char *const reserved[] = {"admin", "ADMIN", "Root", "search", "by-username", "except-me",
	"system", "support", "veza", "anonymous", "deleted-1", "Deleted-abc"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		each(vz_username_problem(good[i]) == NULL, "'%s' is refused", good[i]);
	each(vz_username_problem(repeat('a', 30)) == NULL, "30 characters are refused");
	all("good usernames pass");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		each(vz_username_problem(wrong[i]) != NULL, "'%s' passes", wrong[i]);
	each(vz_username_problem(repeat('a', 31)) != NULL, "31 characters pass");
	all("others do not");
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		is_text(vz_username_problem(reserved[i]), "is reserved", "'%s' is reserved", reserved[i]);
	for (int c = 1; c < 256; c++)
	{
		char		text[4] = {'a', (char) c, 'b'};
		bool		fine = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", c) != NULL;

		each((vz_username_problem(text) == NULL) == fine, "byte %d", c);
	}
	all("every byte is judged");
}

/* test_email: the parts of an address. */
static void
test_email(void)
{
	static const char *const good[] = {"a@b.cd", "first.last@example.com", "a+tag@x-y.example", "o'hara@example.org",
	"!#$%&'*+-/=?^_`{|}~@example.com", "a@1.example", "a@a.b.c.d.e.f"};
	static const char *const wrong[] = {"", "@", "a", "a@", "@b.cd", "a@b", "a@b.", "a@.b", "a@b..c", "a@-b.c", "a@b-.c",
		"a@b.c-", "a@b_c.d", ".a@b.c", "a.@b.c", "a..b@c.d", "a b@c.d", "a@b c.d", "a@b.c ", " a@b.c", "a@b@c.d",
		"\"a b\"@c.d", "a@[127.0.0.1]", "a\n@b.c", "a@b.c\n", "a@b.c\r\nBcc: x@y.z", "\xc3\xa9@b.c", "a@\xc3\xa9.c",
	"a\x7f@b.c", "a,b@c.d", "<a@b.c>", "a@b.c,d@e.f"};
	char		text[500];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		each(vz_email_problem(good[i]) == NULL, "'%s' is refused", good[i]);
	all("good addresses pass");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		each(vz_email_problem(wrong[i]) != NULL, "'%s' passes", wrong[i]);
	all("others do not");
	snprintf(text, sizeof(text), "%s@b.cd", repeat('a', 64));
	ok(vz_email_problem(text) == NULL, "64 characters before the @");
	snprintf(text, sizeof(text), "%s@b.cd", repeat('a', 65));
	ok(vz_email_problem(text) != NULL, "65 are too many");
	snprintf(text, sizeof(text), "a@%s.cd", repeat('b', 63));
	ok(vz_email_problem(text) == NULL, "a label of 63 characters");
	snprintf(text, sizeof(text), "a@%s.cd", repeat('b', 64));
	ok(vz_email_problem(text) != NULL, "64 are too many");
	strcpy(text, "a@");
	for (int i = 0; i < 4; i++)
		strcat(strcat(text, repeat('b', 61)), ".");
	strcat(text, "cdef");
	is_number(strlen(text), 254, "an address of 254 characters");
	ok(vz_email_problem(text) == NULL, "passes");
	strcat(text, "g");
	ok(vz_email_problem(text) != NULL, "255 are too many");
}

/* test_password: length only. */
static void
test_password(void)
{
	ok(vz_password_problem(7, 7) != NULL, "7 characters are too few");
	ok(vz_password_problem(8, 8) == NULL, "8 are enough");
	ok(vz_password_problem(28, 7) != NULL, "characters count, not bytes");
	ok(vz_password_problem(128, 128) == NULL, "128 are allowed");
	ok(vz_password_problem(129, 129) != NULL, "129 are not");
	ok(vz_password_problem(512, 128) == NULL, "128 of four bytes each are allowed");
	ok(vz_password_problem(1025, 100) != NULL, "bytes are bounded, too, before anything is hashed");
	ok(vz_password_problem(0, 0) != NULL, "no password");
	is_text(vz_password_problem(9, 9), NULL, "nothing is asked of the composition");
}

int
main(void)
{
	test_username();
	test_email();
	test_password();
	return done_testing();
}
