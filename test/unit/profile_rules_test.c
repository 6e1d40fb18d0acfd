/*
 * profile_rules_test.c
 *		The fields of a profile.
 */
#include "../../extension/src/user/profile_rules.h"
#include "tap.h"

/* judge wants every value of a list to pass, or none. */
static void
judge(VzProfileField field, const char *const *values, bool wanted)
{
	for (size_t i = 0; values[i] != NULL; i++)
		each((vz_profile_problem(field, values[i], strlen(values[i])) == NULL) == wanted, "'%s' is judged wrongly", values[i]);
	all("%s: what is %s", vz_profile_field_name(field), wanted ? "fine passes" : "not fine does not");
}

/* test_website: scheme, host, port, and what has no place in an address. */
static void
test_website(void)
{
	static const char *const good[] = {"http://a.b", "https://example.org/", "HTTPS://Example.org/a?b=c#d",
	"http://x-y.example:8080/p", "https://a.b?q", "https://a.b#f", "http://localhost", NULL};
	static const char *const wrong[] = {"", "example.org", "ftp://a.b", "javascript:alert(1)", "http://", "http:///x",
		"https://user@a.b/", "https://u:p@a.b", "http://a.b:port", "http://a.b:", "http://a.b:123456", "http://-a.b",
		"http://a.b-", "http://.a", "http://a b.c", "http://a.b/\"onclick=", "http://a.b/<script>", "http://a.b/\n",
		"http://\xc3\xa9.fr", "http://a.b/\x7f", "data:text/html,x", " http://a.b", "http://a.b\\c", "http://[::1]/",
	NULL};

	judge(VZ_PROFILE_WEBSITE, good, true);
	judge(VZ_PROFILE_WEBSITE, wrong, false);
}

/* test_timezone: names, and no rules that PostgreSQL would read as names. */
static void
test_timezone(void)
{
	static const char *const good[] = {"UTC", "Europe/Paris", "America/Argentina/Buenos_Aires",
		"America/Port-au-Prince", "Etc/GMT+5", "Etc/GMT-14", "Etc/GMT+12", "Etc/GMT+0", "europe/paris", "NZ-CHAT",
	NULL};
	static const char *const wrong[] = {"", "ABC3", "EST5EDT", "Foo/Bar3", "UTC+3", "../etc/passwd", "/Europe/Paris",
		"Europe/", "Europe//Paris", "<+03>-3", "Etc/GMT+", "Etc/GMT+123", "Etc/GMT+13", "Etc/GMT-15", "Etc/GMT+05",
	"Etc/GMT+00", "Etc/GMT+5x", "Europe/Paris\n", "-x", "_x", "a b", ":Europe/Paris", NULL};

	judge(VZ_PROFILE_TIMEZONE, good, true);
	judge(VZ_PROFILE_TIMEZONE, wrong, false);
}

/* test_texts: lengths in characters, controls, lines. */
static void
test_texts(void)
{
	static const VzProfileField of_100[] = {VZ_PROFILE_FIRST_NAME, VZ_PROFILE_LAST_NAME, VZ_PROFILE_DISPLAY_NAME,
	VZ_PROFILE_LOCATION};
	static const char *const good[] = {"a", "\xc3\x89lo\xc3\xafse", "O'Hara", "\xf0\x9f\x8e\xb5", "\xe2\x80\x99",
	"\xc2\xa9", NULL};
	static const char *const wrong[] = {"a\nb", "a\tb", "a\x01", "a\x7f", "\xc2\x85", "\xe2\x80\xae" "abc",
	"\xe2\x81\xa6" "abc", NULL};
	static const char *const languages[] = {"en", "fr", "zz", NULL};
	static const char *const no_languages[] = {"", "e", "EN", "eng", "e1", "en-GB", "\xc3\xa9", NULL};

	for (size_t i = 0; i < sizeof(of_100) / sizeof(of_100[0]); i++)
	{
		judge(of_100[i], good, true);
		judge(of_100[i], wrong, false);
		ok(vz_profile_problem(of_100[i], "x", 100) == NULL && vz_profile_problem(of_100[i], "x", 101) != NULL,
		   "%s: 100 characters, not 101", vz_profile_field_name(of_100[i]));
	}
	ok(vz_profile_problem(VZ_PROFILE_BIO, "two\r\nlines\tand a tab", 20) == NULL, "a bio has lines");
	ok(vz_profile_problem(VZ_PROFILE_BIO, "a\x1b[2J", 5) != NULL, "but no controls");
	ok(vz_profile_problem(VZ_PROFILE_BIO, "x", 500) == NULL && vz_profile_problem(VZ_PROFILE_BIO,
	   "x", 501) != NULL, "500 characters, not 501");
	ok(vz_profile_problem(VZ_PROFILE_WEBSITE, "http://a.b", 255) == NULL &&
	   vz_profile_problem(VZ_PROFILE_WEBSITE, "http://a.b", 256) != NULL,
	   "an address of 255 characters, not 256");
	judge(VZ_PROFILE_LANGUAGE, languages, true);
	judge(VZ_PROFILE_LANGUAGE, no_languages, false);
}

/* test_lists: names at other services, and skills. */
static void
test_lists(void)
{
	ok(vz_social_link_problem("twitter", "veza", 4) == NULL && vz_social_link_problem("instagram", "", 0) == NULL &&
	   vz_social_link_problem("soundcloud", "x", 50) == NULL, "the services that are known");
	ok(vz_social_link_problem("twitter", "x", 51) != NULL, "51 characters are too many");
	is_text(vz_social_link_problem("myspace", "x", 1), "is not known here", "another service");
	ok(vz_social_link_problem("twitter", "a\nb", 3) != NULL, "a name has one line");
	ok(vz_skill_problem("mixing", 6) == NULL && vz_skill_problem("x", 30) == NULL, "a skill");
	ok(vz_skill_problem("", 0) != NULL && vz_skill_problem("x", 31) != NULL &&
	   vz_skill_problem("a\tb", 3) != NULL, "what is none");
}

int
main(void)
{
	test_website();
	test_timezone();
	test_texts();
	test_lists();
	return done_testing();
}
