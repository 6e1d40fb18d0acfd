/*
 * target_test.c
 *		Request targets: segments are decoded one at a time, once, and what is
 *		hidden in escapes is refused.
 */
#include <stdlib.h>

#include "../../httpd/wire/target.h"
#include "tap.h"

static char *buffer;

/* parse takes a target apart, in a buffer of exactly the size that is asked for. */
static const char *
parse(const char *raw, Target *t)
{
	free(buffer);
	buffer = malloc(2 * strlen(raw) + 2);
	return target_parse(raw, buffer, t);
}

/* path joins the segments with blanks between them. */
static const char *
path(const Target *t)
{
	static char text[400];

	text[0] = '\0';
	for (size_t i = 0; i < t->nsegments; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s[%s]", i ? " " : "", t->segments[i]);
	return text;
}

/* query joins the parameters. */
static const char *
query(const Target *t)
{
	static char text[400];

	text[0] = '\0';
	for (size_t i = 0; i < t->nparameters; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s[%s]=[%s]", i ? " " : "",
				 t->parameters[i].name, t->parameters[i].value);
	return text;
}

/* test_good: what is let through, and how it reads. */
static void
test_good(void)
{
	static const char *const cases[][3] = {
		{"/", "", ""},
		{"/a", "[a]", ""},
		{"/a/b", "[a] [b]", ""},
		{"/a/", "[a] []", ""},
		{"//", "[] []", ""},
		{"//a", "[] [a]", ""},
		{"/a%20b", "[a b]", ""},
		{"/a+b", "[a+b]", ""},
		{"/%41%62", "[Ab]", ""},
		{"/%c3%a9", "[\xc3\xa9]", ""},
		{"/%2541", "[%41]", ""},
		{"/...", "[...]", ""},
		{"/.a", "[.a]", ""},
		{"/a?", "[a]", ""},
		{"/a?b=c", "[a]", "[b]=[c]"},
		{"/?b=c", "", "[b]=[c]"},
		{"/a?b", "[a]", "[b]=[]"},
		{"/a?=c", "[a]", "[]=[c]"},
		{"/a?b=c=d", "[a]", "[b]=[c=d]"},
		{"/a?b=c&b=d&e", "[a]", "[b]=[c] [b]=[d] [e]=[]"},
		{"/a?&&b&", "[a]", "[b]=[]"},
		{"/a?b=x+y%2Bz%26%3D", "[a]", "[b]=[x y+z&=]"},
		{"/a?b=c?d/e", "[a]", "[b]=[c?d/e]"},
		{"/a?b=l1%0d%0al2%09", "[a]", "[b]=[l1\r\nl2\t]"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Target		t;

		is_text(parse(cases[i][0], &t), NULL, "%s is taken apart", cases[i][0]);
		is_text(path(&t), cases[i][1], "%s: its path", cases[i][0]);
		is_text(query(&t), cases[i][2], "%s: its query", cases[i][0]);
	}
}

/* test_wrong: what is refused. */
static void
test_wrong(void)
{
	static const char *const wrong[] = {"", "a", "?a", "/a%", "/a%4", "/a%zz", "/%-1", "/a%00b", "/a%00", "/%2e%2e",
		"/%2E.", "/..", "/.", "/a/../b", "/a/./b", "/a%2fb", "/a%2Fb", "/a%5cb", "/a%2e%2e%2f%2e%2e/etc",
		"/a%0ab", "/a%0d", "/a%09", "/a%7f", "/a%1f", "/%ff", "/%c3", "/%c3%28", "/%e2%82", "/%c0%af", "/%c0%80",
		"/%e0%80%af", "/%ed%a0%80", "/%f4%90%80%80", "/%f0%80%80%af", "/%f8%88%80%80%80", "/%c3/%a9",
		"/a?b=%", "/a?b=%0", "/a?%zz=1", "/a?b=%00", "/a?%00", "/a?b=%ff", "/a?b=%7f", "/a?b=%1b", "/a?b=%c3&c=%a9",
	"/a?%c3=%a9"};
	Target		t;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(parse(wrong[i], &t) != NULL, "'%s' is refused", wrong[i]);
}

/* test_limits: segments and parameters are bounded. */
static void
test_limits(void)
{
	char		raw[400];
	Target		t;

	for (int n = 15; n <= 18; n++)
	{
		raw[0] = '\0';
		for (int i = 0; i < n; i++)
			strcat(raw, "/a");
		each((parse(raw, &t) == NULL) == (n <= TARGET_SEGMENTS_MAX), "%d segments", n);
		each(t.nsegments <= TARGET_SEGMENTS_MAX, "%d segments are counted as %zu", n, t.nsegments);
	}
	for (int n = 63; n <= 66; n++)
	{
		strcpy(raw, "/?");
		for (int i = 0; i < n; i++)
			strcat(raw, "a&");
		each((parse(raw, &t) == NULL) == (n <= TARGET_PARAMETERS_MAX), "%d parameters", n);
		each(t.nparameters <= TARGET_PARAMETERS_MAX, "%d parameters are counted as %zu", n, t.nparameters);
	}
	all("more segments or parameters than there is room for are refused, and none is counted beyond it");
}

/* test_room: the dearest target byte for byte still fits. */
static void
test_room(void)
{
	char		raw[200] = "/?";
	Target		t;

	for (int i = 0; i < TARGET_PARAMETERS_MAX; i++)
	{
		each(parse(raw, &t) == NULL, "%s does not fit", raw);
		strcat(raw, "a&");
	}
	all("a query of one-letter names fits into the promised room");
}

/* test_utf8: every code point, and what is none. */
static void
test_utf8(void)
{
	for (unsigned int c = 1; c < 0x120000; c += c < 0x3000 ? 1 : 37)
	{
		char		text[5] = {0};
		size_t		len;
		bool		valid = c < 0xD800 || (c > 0xDFFF && c < 0x110000);

		if (c < 0x80)
			len = 1, text[0] = (char) c;
		else if (c < 0x800)
			len = 2, text[0] = (char) (0xC0 | c >> 6), text[1] = (char) (0x80 | (c & 0x3F));
		else if (c < 0x10000)
			len = 3, text[0] = (char) (0xE0 | c >> 12), text[1] = (char) (0x80 | (c >> 6 & 0x3F)),
				text[2] = (char) (0x80 | (c & 0x3F));
		else
			len = 4, text[0] = (char) (0xF0 | c >> 18), text[1] = (char) (0x80 | (c >> 12 & 0x3F)),
				text[2] = (char) (0x80 | (c >> 6 & 0x3F)), text[3] = (char) (0x80 | (c & 0x3F));
		each(is_utf8(text, len) == valid, "U+%04X", c);
		each(len == 1 || !is_utf8(text, len - 1), "U+%04X cut", c);
		each(len == 1 || !is_utf8(text + 1, len - 1), "U+%04X without its beginning", c);
	}
	for (int first = 0x80; first < 256; first++)
		for (int second = 0; second < 256; second++)
		{
			char		text[2] = {(char) first, (char) second};
			bool		valid = first >= 0xC2 && first <= 0xDF && second >= 0x80 && second <= 0xBF;

			each(is_utf8(text, 2) == valid, "%02x %02x", first, second);
		}
	all("UTF-8 is what Unicode says: no surrogates, nothing overlong, nothing beyond U+10FFFF");
	ok(is_utf8("", 0), "nothing is UTF-8");
	ok(!is_utf8("a\0b", 3), "NUL is not let through");
}

int
main(void)
{
	test_good();
	test_wrong();
	test_limits();
	test_room();
	test_utf8();
	free(buffer);
	return done_testing();
}
