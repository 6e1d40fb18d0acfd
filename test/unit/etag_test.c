/*
 * etag_test.c
 *		Entity tags: lists of them, and the one of a content.
 */
#include "../../httpd/wire/etag.h"
#include "tap.h"

/* test_matches: a list against one tag. */
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
		{"\"x\", \"a\"", "\"a\"", true}, {"\"x\",\"y\" , W/\"a\"", "\"a\"", true}, {"\"x\" \"a\"", "\"a\"", false},
		{"*", "\"a\"", true}, {" *", "\"a\"", true},
		{"*, \"b\"", "\"a\"", false}, {"\"*\"", "\"a\"", false}, {"", "\"a\"", false}, {"a", "\"a\"", false},
		{"\"a", "\"a\"", false}, {"\"", "\"a\"", false},
		{"\"ab\"", "\"a\"", false}, {"\"a\"", "\"ab\"", false}, {"\"\"", "\"\"", true}, {"\"a-gzip\"", "\"a\"", true},
			{"*", NULL, true}, {"\"a\"", NULL, false}, {"\"\"", NULL, false}, {"w/\"a\"", "\"a\"", false},
		{"W/", "\"a\"", false}, {",,,", "\"a\"", false},
		{"\"x,\", \"a\"", "\"a\"", true}, {"\"A\"", "\"a\"", false}, {"x, \"a\"", "\"a\"", false}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_number(etag_matches(cases[i].header, cases[i].tag), cases[i].matches,
			"%s against %s", cases[i].header, cases[i].tag ? cases[i].tag : "no tag");
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

/* test_version: the tag of a version names the version and the content. */
static void
test_version(void)
{
	char		a[ETAG_SIZE];
	char		b[ETAG_SIZE];
	char		beyond[2 * ETAG_SIZE];

	etag_of_version("\"row.5\"", "content", 7, a);
	ok(strncmp(a, "\"row.5.", 7) == 0 && a[strlen(a) - 1] == '"', "it is strong, and begins with the version: %s", a);
	etag_of_version("\"row.5\"", "content!", 8, b);
	ok(strcmp(a, b) != 0 && !etag_matches(a, b), "another content has another one");
	etag_of_version("\"row.6\"", "content", 7, b);
	ok(strcmp(a, b) != 0 && !etag_matches(a, b), "and so has another version");
	memset(beyond, 'x', sizeof(beyond));
	beyond[0] = beyond[sizeof(beyond) - 2] = '"';
	beyond[sizeof(beyond) - 1] = '\0';
	etag_of_version(beyond, "content", 7, b);
	etag_of_content("content", 7, a);
	is_text(b, a, "a version that fits nowhere leaves the tag of the content");
	etag_of_version("none", "content", 7, b);
	is_text(b, a, "and so does one that is no tag");
}

int
main(void)
{
	test_version();
	test_matches();
	test_content();
	return done_testing();
}
