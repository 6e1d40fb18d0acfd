/*
 * settings_rules_test.c
 *		The settings that are known.
 */
#include <math.h>

#include "../../extension/src/user/settings_rules.h"
#include "tap.h"

/* word judges a setting whose value is a word. */
static const char *
word(const char *section, const char *name, const char *value)
{
	VzSettingValue v = {.kind = VZ_SETTING_WORD, .word = value};

	return vz_setting_problem(section, name, &v);
}

/* number judges a setting whose value is a number. */
static const char *
number(const char *section, const char *name, double value)
{
	VzSettingValue v = {.kind = VZ_SETTING_NUMBER, .number = value};

	return vz_setting_problem(section, name, &v);
}

/* flag judges a setting whose value is true or false. */
static const char *
flag(const char *section, const char *name)
{
	VzSettingValue v = {.kind = VZ_SETTING_BOOL};

	return vz_setting_problem(section, name, &v);
}

/* test_flags: the settings that are true or false, and nothing else. */
static void
test_flags(void)
{
	static const char *const names[][2] = {{"notifications", "email"}, {"notifications", "push"},
		{"notifications", "desktop"}, {"notifications", "new_followers"}, {"notifications", "track_comments"},
		{"notifications", "direct_messages"}, {"notifications", "mentions"}, {"notifications", "likes"},
		{"notifications", "invitations"}, {"notifications", "sales"}, {"privacy", "show_email"}, {"privacy", "show_activity"},
	{"privacy", "allow_dm"}, {"audio", "auto_play"}};
	VzSettingValue other = {.kind = VZ_SETTING_OTHER};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		each(flag(names[i][0], names[i][1]) == NULL, "%s is refused", names[i][1]);
		each(word(names[i][0], names[i][1], "true") != NULL, "%s: a word", names[i][1]);
		each(number(names[i][0], names[i][1], 1) != NULL, "%s: a number", names[i][1]);
		each(vz_setting_problem(names[i][0], names[i][1], &other) != NULL, "%s: a list", names[i][1]);
	}
	all("what is true or false");
}

int
main(void)
{
	test_flags();
	ok(word(NULL, "theme", "light") == NULL && word(NULL, "theme", "dark") == NULL && word(NULL, "theme",
	   "auto") == NULL, "the themes");
	ok(word(NULL, "theme", "pink") != NULL && word(NULL, "theme", "") != NULL && flag(NULL, "theme") != NULL, "no others");
	ok(word("privacy", "track_visibility", "followers") == NULL && word("privacy", "track_visibility", "registered") != NULL,
	   "who sees tracks");
	ok(word("privacy", "profile_visibility", "registered") == NULL && word("privacy", "profile_visibility",
	   "followers") != NULL,
	   "who sees the profile");
	ok(word("audio", "quality", "lossless") == NULL && word("audio", "quality", "best") != NULL, "the qualities");
	ok(word("notifications", "digest", "off") == NULL && word("notifications", "digest", "daily") == NULL, "a mail a day");
	ok(word("notifications", "digest", "weekly") == NULL, "or less often");
	ok(word("notifications", "digest", "hourly") != NULL && flag("notifications", "digest") != NULL, "not more often");
	ok(flag("notifications", "payment_pending") != NULL && flag("notifications", "review_decision") != NULL, "no others");
	ok(number("audio", "volume", 0) == NULL && number("audio", "volume", 1) == NULL && number("audio",
	   "volume", 0.5) == NULL, "volumes");
	ok(number("audio", "volume", -0.01) != NULL && number("audio", "volume", 1.01) != NULL && number("audio",
	   "volume", (double) NAN) != NULL,
	   "no volumes");
	ok(number("audio", "crossfade", 12) == NULL && number("audio", "crossfade", 12.5) != NULL, "seconds of crossfade");
	is_text(flag("notifications", "emial"), "is not known here", "an unknown name");
	is_text(flag("audio", "email"), "is not known here", "a name of another section");
	is_text(word("notifications", "theme", "dark"), "is not known here", "a single setting in a section");
	is_text(flag(NULL, "email"), "is not known here", "a name of a section outside of it");
	ok(vz_settings_section("audio") && vz_settings_section("privacy") && vz_settings_section("notifications"), "the sections");
	ok(!vz_settings_section("theme") && !vz_settings_section("email") && !vz_settings_section(""), "no others");
	ok(vz_settings_single("theme") && !vz_settings_single("audio") && !vz_settings_single("volume"), "the single setting");
	return done_testing();
}
