/*
 * setting_rules_test.c
 *		Settings: the list itself, what each kind may be, and near names.
 */
#include <stdlib.h>

#include "../../extension/src/core/nearest.h"
#include "../../extension/src/core/settings.h"
#include "tap.h"

/* the_list judges settings.h itself. */
static void
the_list(void)
{
	int64_t		number;

	ok(vz_nsettings > 40, "there are settings");
	for (int i = 0; i < vz_nsettings; i++)
	{
		const VzSetting *s = &vz_settings[i];

		each(vz_setting_find(s->name) == s, "%s is there twice", s->name);
		each(s->minimum <= s->maximum, "%s has no range", s->name);
		each(vz_setting_fault(s, s->default_value, &number) == NULL, "%s cannot have its default", s->name);
		each(s->unit[0] != '\0' && s->description[0] != '\0', "%s is not described", s->name);
		each(vz_setting_nearest(s->name) == s, "%s is not the nearest to itself", s->name);
	}
	all("each has one name, a range that holds its default, a unit and a description");
	ok(vz_setting_find("access_token_tt") == NULL && vz_setting_find("") == NULL, "other names are none");
}

/* values judges texts for each kind. */
static void
values(void)
{
	static const VzSetting whole = {"w", VZ_SETTING_INT, "s", -5, 86400, "1", 0, "w"};
	static const VzSetting wide = {"w", VZ_SETTING_INT, "s", INT64_MIN, INT64_MAX, "1", 0, "w"};
	static const VzSetting list = {"l", VZ_SETTING_LIST, "s", 1, 100, "1", 0, "l"};
	static const VzSetting address = {"a", VZ_SETTING_ADDRESS, "address", 0, 20, "", 0, "a"};
	static const struct
	{
		const VzSetting *setting;
		const char *value;
		bool		is_good;
		int64_t		number;
	}			cases[] = {
		{&whole, "0", true, 0}, {&whole, "-5", true, -5}, {&whole, "86400", true, 86400}, {&whole, "007", true, 7},
		{&whole, "-6", false, 0}, {&whole, "86401", false, 0},
		{&whole, "", false, 0}, {&whole, "-", false, 0}, {&whole, "+1", false, 0},
		{&whole, " 1", false, 0}, {&whole, "1 ", false, 0},
		{&whole, "15 min", false, 0}, {&whole, "1e3", false, 0}, {&whole, "0x10", false, 0},
		{&whole, "1.5", false, 0}, {&whole, "1,2", false, 0}, {&whole, "--1", false, 0},
		{&wide, "9223372036854775807", true, INT64_MAX}, {&wide, "-9223372036854775808", true, INT64_MIN},
		{&wide, "9223372036854775808", false, 0}, {&wide, "99999999999999999999", false, 0},
		{&list, "1", true, 0}, {&list, "1,100,50", true, 0}, {&list, "", false, 0}, {&list, ",", false, 0}, {&list, "1,", false, 0},
		{&list, ",1", false, 0}, {&list, "1,,2", false, 0}, {&list, "0", false, 0},
		{&list, "1,101", false, 0}, {&list, "1, 2", false, 0}, {&list, "1;2", false, 0},
		{&address, "", true, 0}, {&address, "https://a.example", true, 0}, {&address, "redis://h", true, 0},
		{&address, "a.example", false, 0}, {&address, "://a", false, 0},
		{&address, "https://", false, 0}, {&address, "https://a b", false, 0},
		{&address, "https://a\n", false, 0},
		{&address, "https://123456789012", true, 0}, {&address, "https://1234567890123", false, 0}
	};
	int64_t		number;
	char		range[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const char *fault = vz_setting_fault(cases[i].setting, cases[i].value, &number);

		each((fault == NULL) == cases[i].is_good, "\"%s\" is judged wrongly: %s", cases[i].value, fault ? fault : "good");
		each(!cases[i].is_good || cases[i].setting->kind != VZ_SETTING_INT || number == cases[i].number,
			 "\"%s\" is another number", cases[i].value);
	}
	all("every value is judged rightly");
	is_text(vz_setting_range(&whole, range, sizeof(range)), "-5 to 86400", "a range in words");
	is_text(vz_setting_range(&list, range, sizeof(range)), "1 to 100, several", "that of a list");
	is_text(vz_setting_range(&address, range, sizeof(range)), "empty or scheme://...", "that of an address");
}

/* names judges which name is near to a wrong one. */
static void
names(void)
{
	char		longest[VZ_NEAREST_MAX + 2];

	is_number(vz_word_distance("", ""), 0, "nothing is not far from nothing");
	is_number(vz_word_distance("abc", "abc"), 0, "nor a word from itself");
	is_number(vz_word_distance("abc", "abd"), 1, "a letter replaced");
	is_number(vz_word_distance("abc", "abcd"), 1, "added");
	is_number(vz_word_distance("abc", "bc"), 1, "removed");
	is_number(vz_word_distance("", "abc"), 3, "all of them");
	is_number(vz_word_distance("kitten", "sitting"), 3, "and mixed");
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	is_number(vz_word_distance(longest, "x"), VZ_NEAREST_MAX, "a word that is too long is near to nothing");
	longest[sizeof(longest) - 2] = '\0';
	is_number(vz_word_distance(longest, longest), 0, "one that is not is near to itself");
	ok(vz_is_near("access_token_tll", 2) && !vz_is_near("ttl", 2) && !vz_is_near("", 1), "near is a third of the letters at most");
	is_text(vz_setting_nearest("acess_token_ttl")->name, "access_token_ttl", "the nearest setting is found");
	ok(vz_setting_nearest("what") == NULL, "and none where none is near");
}

/* main runs the tests. */
int
main(void)
{
	the_list();
	values();
	names();
	return done_testing();
}
