/*
 * mention_test.c
 *		Who is mentioned in a text.
 */
#include "../../extension/src/social/mention.h"
#include "tap.h"

/* mentioned writes the names that a text mentions, with blanks between them. */
static const char *
mentioned(const char *text)
{
	static char out[VZ_MENTIONS_MAX * VZ_MENTION_ROOM];
	char		names[VZ_MENTIONS_MAX][VZ_MENTION_ROOM];
	int			n = vz_mentions(text, names);
	size_t		used = 0;

	if (n > VZ_MENTIONS_MAX)
		return "too many";
	out[0] = '\0';
	for (int i = 0; i < n; i++)
		used += (size_t) snprintf(out + used, sizeof(out) - used, "%s%s", i > 0 ? " " : "", names[i]);
	return out;
}

int
main(void)
{
	static const char *const cases[][2] = {
		{"", ""}, {"nobody", ""}, {"@ada", "ada"}, {"hey @ada!", "ada"}, {"@Ada and @ADA", "ada"}, {"(@ada,@bob)", "ada bob"},
		{"@ada-b_2.", "ada-b_2"}, {"ada@example.org", ""}, {"x.@ada", ""}, {"@ab", ""}, {"@", ""}, {"@@ada", ""}, {"@ada@bob", ""},
		{"@ada@bob @cleo", "cleo"}, {"\xE4\xBD\xA0@ada\xE5\xA5\xBD", "ada"}, {"@ad\xC3\xA9", ""},
		{"@123456789012345678901234567890", "123456789012345678901234567890"},
		{"@1234567890123456789012345678901", ""}, {"line\n@ada", "ada"}, {"-@ada", ""}, {"/@ada/", "ada"},
		{"@u01 @u02 @u03 @u04 @u05 @u06 @u07 @u08 @u09 @u10 @u01", "u01 u02 u03 u04 u05 u06 u07 u08 u09 u10"},
		{"@u01 @u02 @u03 @u04 @u05 @u06 @u07 @u08 @u09 @u10 @u11", "too many"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_text(mentioned(cases[i][0]), cases[i][1], "\"%s\"", cases[i][0][0] == 'l' ? "after a line end" : cases[i][0]);
	return done_testing();
}
