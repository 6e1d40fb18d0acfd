/*
 * etag_test.c
 *		Entity tags: lists of them, and the one of a content.
 */
#include "../../httpd/etag.h"
#include "tap.h"

/* test_matches: If-None-Match against one tag. */
static void
test_matches(void)
{
	static const struct
	{
		const char *header;
		const char *tag;
		bool		matches;
	}			cases[] = {
		{"\"a\"", "\"a\"", true}, {"\"a\"", "\"b\"", false}, {"W/\"a\"", "\"a\"", true}, {"\"a\"", "W/\"a\"", true},
		{"W/\"a\"", "W/\"a\"", true},
		{"\"x\", \"a\"", "\"a\"", true}, {"\"x\",\"y\" , W/\"a\"", "\"a\"", true}, {"\"x\" \"a\"", "\"a\"", true},
		{"*", "\"a\"", true}, {" *", "\"a\"", true},
		{"*, \"b\"", "\"a\"", false}, {"\"*\"", "\"a\"", false}, {"", "\"a\"", false}, {"a", "\"a\"", false},
		{"\"a", "\"a\"", false}, {"\"", "\"a\"", false},
		{"\"ab\"", "\"a\"", false}, {"\"a\"", "\"ab\"", false}, {"\"\"", "\"\"", true}, {"w/\"a\"", "\"a\"", false},
		{"W/", "\"a\"", false}, {",,,", "\"a\"", false},
		{"\"x,\", \"a\"", "\"a\"", true}, {"\"A\"", "\"a\"", false}, {"x, \"a\"", "\"a\"", false}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_number(etag_matches(cases[i].header, cases[i].tag), cases[i].matches, "%s against %s", cases[i].header, cases[i].tag);
}

/* test_content: the same content has the same tag, another one has another. */
static void
test_content(void)
{
	char		a[ETAG_SIZE];
	char		b[ETAG_SIZE];

	etag_of_content("content", 7, a);
	etag_of_content("content!", 7, b);
	is_text(a, b, "the length counts, not a NUL");
	etag_of_content("content!", 8, b);
	ok(strcmp(a, b) != 0, "another content has another tag");
	ok(strncmp(a, "W/\"", 3) == 0 && a[strlen(a) - 1] == '"', "it is weak: %s", a);
	ok(etag_matches(a, a), "and matches itself");
	etag_of_content("", 0, a);
	ok(etag_matches(a, a), "nothing has a tag, too");
}

int
main(void)
{
	test_matches();
	test_content();
	return done_testing();
}
