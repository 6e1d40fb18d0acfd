/*
 * range_test.c
 *		Range and If-Range: the matrix of RFC 9110 14.
 */
#include "../../httpd/wire/range.h"
#include "tap.h"

typedef struct Case
{
	const char *range;
	uint64_t	size;
	const char *want;
} Case;

/* verdict says in words what a range comes to. */
static const char *
verdict(const char *range, uint64_t size)
{
	static char text[64];
	uint64_t	first = 0;
	uint64_t	last = 0;

	switch (range_read(range, size, &first, &last))
	{
		case RANGE_WHOLE:
			return "whole";
		case RANGE_NONE:
			return "none";
		case RANGE_PART:
			break;
	}
	snprintf(text, sizeof(text), "%llu-%llu", (unsigned long long) first, (unsigned long long) last);
	return text;
}

int
main(void)
{
	static const Case cases[] = {
		{NULL, 10, "whole"}, {"", 10, "whole"}, {"bytes=0-0", 10, "0-0"}, {"bytes=0-9", 10, "0-9"}, {"bytes=0-", 10, "0-9"},
		{"bytes=9-", 10, "9-9"},
		{"bytes=3-5", 10, "3-5"}, {"bytes=3-10", 10, "3-9"}, {"bytes=3-99999999999999999999999", 10, "3-9"},
		{"bytes=10-", 10, "none"},
		{"bytes=10-11", 10, "none"}, {"bytes=99999999999999999999999-", 10, "none"}, {"bytes=-1", 10, "9-9"},
		{"bytes=-10", 10, "0-9"},
		{"bytes=-11", 10, "0-9"}, {"bytes=-18446744073709551616", 10, "0-9"}, {"bytes=-0", 10, "none"},
		{"bytes=0-0", 0, "none"}, {"bytes=-1", 0, "none"},
		{"BYTES=1-2", 10, "1-2"}, {"bytes= 1-2 ", 10, "1-2"}, {"bytes=5-3", 10, "whole"}, {"bytes=-", 10, "whole"},
		{"bytes=", 10, "whole"},
		{"bytes", 10, "whole"}, {"bytes 1-2", 10, "whole"}, {"bytes=1", 10, "whole"}, {"bytes=a-b", 10, "whole"},
		{"bytes=1-2x", 10, "whole"},
		{"bytes=+1-2", 10, "whole"}, {"bytes=0x1-2", 10, "whole"}, {"bytes=1--2", 10, "whole"}, {"bytes=--1", 10, "whole"},
		{"bytes=1-2,4-5", 10, "whole"},
		{"bytes=0-0, -1", 10, "whole"}, {"bytes=1-2,", 10, "whole"}, {",bytes=1-2", 10, "whole"}, {"items=0-5", 10, "whole"},
		{"bytes=1 -2", 10, "whole"},
		{"bytes=18446744073709551614-18446744073709551615", UINT64_MAX, "18446744073709551614-18446744073709551614"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_text(verdict(cases[i].range, cases[i].size), cases[i].want, "%s of %llu bytes", cases[i].range,
			(unsigned long long) cases[i].size);
	ok(range_holds(NULL, NULL) && range_holds(NULL, "\"a\""), "without If-Range a range holds");
	ok(range_holds("\"a\"", "\"a\""), "with the tag, too");
	ok(!range_holds("\"b\"", "\"a\"") && !range_holds("W/\"a\"", "\"a\"") && !range_holds("W/\"a\"", "W/\"a\"") &&
		!range_holds("a", "\"a\""),
	   "not with another one, nor a weak one");
	ok(!range_holds("\"a\"", NULL) && !range_holds("*", "\"a\"") && !range_holds("Sun, 29 Nov 2026 07:00:00 GMT", "\"a\""),
		"nor a date, nor anything");
	return done_testing();
}
