/*
 * entity_tag_test.c
 *		Lists of entity tags, against the tag of what is there.
 */
#include "../../extension/src/core/entity_tag.h"
#include "tap.h"

static const char *const verdicts[] = {"names it", "any", "names others", "broken"};

/* test_lists: what each list says of the tag a.5. */
static void
test_lists(void)
{
	static const struct
	{
		const char *list;
		VzTagList	verdict;
	}			cases[] = {
		{"\"a.5\"", VZ_TAGS_NAME_IT}, {"W/\"a.5\"", VZ_TAGS_NAME_IT}, {"\"x\", \"a.5\"", VZ_TAGS_NAME_IT},
		{"\"x\",W/\"a.5\" ,\"y\"", VZ_TAGS_NAME_IT}, {" \t\"a.5\"\t ", VZ_TAGS_NAME_IT}, {",, \"a.5\",", VZ_TAGS_NAME_IT},
		{"\"a.5.0123\"", VZ_TAGS_NAME_IT}, {"\"a.5-gzip\"", VZ_TAGS_NAME_IT}, {"W/\"a.5.0123-gzip\"", VZ_TAGS_NAME_IT},
		{"\"x,y\", \"a.5\"", VZ_TAGS_NAME_IT}, {"\"\xff\", \"a.5\"", VZ_TAGS_NAME_IT},
		{"*", VZ_TAGS_ANY}, {" * ", VZ_TAGS_ANY},
		{"\"a.50\"", VZ_TAGS_NAME_OTHERS}, {"\"a.\"", VZ_TAGS_NAME_OTHERS}, {"\"a\"", VZ_TAGS_NAME_OTHERS},
			{"\"\"", VZ_TAGS_NAME_OTHERS},
		{"\"b.5\"", VZ_TAGS_NAME_OTHERS}, {"\"xa.5\"", VZ_TAGS_NAME_OTHERS}, {"\"A.5\"", VZ_TAGS_NAME_OTHERS},
			{"\"*\"", VZ_TAGS_NAME_OTHERS},
		{"\"\xff\"", VZ_TAGS_NAME_OTHERS}, {"\"a.5gzip\"", VZ_TAGS_NAME_OTHERS},
		{"", VZ_TAGS_BROKEN}, {" ", VZ_TAGS_BROKEN}, {",", VZ_TAGS_BROKEN}, {"a.5", VZ_TAGS_BROKEN}, {"\"a.5", VZ_TAGS_BROKEN},
		{"a.5\"", VZ_TAGS_BROKEN}, {"w/\"a.5\"", VZ_TAGS_BROKEN}, {"W/", VZ_TAGS_BROKEN}, {"W/W/\"a.5\"", VZ_TAGS_BROKEN},
		{"*, \"a.5\"", VZ_TAGS_BROKEN}, {"\"a.5\", *", VZ_TAGS_BROKEN}, {"\"a.5\" \"b\"", VZ_TAGS_BROKEN},
			{"**", VZ_TAGS_BROKEN},
		{"\"a.5\", x", VZ_TAGS_BROKEN}, {"\"a 5\"", VZ_TAGS_BROKEN}, {"\"a.5\"x", VZ_TAGS_BROKEN}, {"\"\x7f\"", VZ_TAGS_BROKEN}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_text(verdicts[vz_tags_judge(cases[i].list, "a.5")], verdicts[cases[i].verdict], "%s", cases[i].list);
}

/* test_long: a list has no bound of its own. */
static void
test_long(void)
{
	static char list[60000];
	char	   *p = list;

	for (int i = 0; i < 4000; i++)
		p += sprintf(p, "\"t%d\", ", i);
	is_text(verdicts[vz_tags_judge(list, "a")], verdicts[VZ_TAGS_NAME_OTHERS], "four thousand others");
	sprintf(p, "\"a\"");
	is_text(verdicts[vz_tags_judge(list, "a")], verdicts[VZ_TAGS_NAME_IT], "and the one behind them");
}

int
main(void)
{
	test_lists();
	test_long();
	return done_testing();
}
