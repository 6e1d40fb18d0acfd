/*
 * service_url_test.c
 *		Addresses of other services, and what is wrong with one of Redis.
 */
#include <stdlib.h>

#include "../../httpd/config/service_url.h"
#include "tap.h"

/* parts returns the parts of an address, one behind the other; NULL when it cannot be read. */
static const char *
parts(const char *url)
{
	static char text[2048];
	ServiceUrl	u;

	if (!service_url_parse(url, "1", &u))
		return NULL;
	snprintf(text, sizeof(text), "%s|%s|%s|%s|%s", u.user, u.password, u.host, u.port, u.path);
	return text;
}

/* test_parts: what an address is made of. */
static void
test_parts(void)
{
	static const char *const cases[][2] = {
		{"http://host", "||host|1|"}, {"http://host/", "||host|1|"}, {"http://host:80/a/b?c#d", "||host|80|a/b"},
		{"host:80", "||host|80|"},
		{"redis://:secret@host:6380/3", "|secret|host|6380|3"}, {"redis://user:secret@host", "user|secret|host|1|"},
		{"amqp://user@host", "user||host|1|"}, {"x://a:b:c@host", "a|b:c|host|1|"}, {"x://a:b@c@host:9", "a|b@c|host|9|"},
		{"x://a%40b:%2f%3A%25@host", "a@b|/:%|host|1|"}, {"x://[::1]:80/", "||::1|80|"}, {"x://[::1]", "||::1|1|"},
		{"x://:p@[2001:db8::1]:6379/0", "|p|2001:db8::1|6379|0"}, {"x://host:", "||host|1|"}, {"x://host?a", "||host|1|"}
	};
	static const char *const bad[] = {"x://", "x://:80", "x://user@", "x://[::1", "x://[::1]80", "x://[]",
	"x://a:%zz@host", "x://a:%4@host",
	"x://a:%00@host", "x://host:12345678", ""};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		each(tap_same(parts(cases[i][0]), cases[i][1]), "%s: %s", cases[i][0], tap_shown(parts(cases[i][0])));
	all("the parts of an address");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		each(parts(bad[i]) == NULL, "%s: %s", bad[i], tap_shown(parts(bad[i])));
	all("what is none");
}

/* test_long: parts that do not fit are refused, not cut. */
static void
test_long(void)
{
	char		url[2048];

	snprintf(url, sizeof(url), "x://%0300d", 0);
	ok(parts(url) == NULL, "a host");
	snprintf(url, sizeof(url), "x://:%0600d@host", 0);
	ok(parts(url) == NULL, "a password");
	snprintf(url, sizeof(url), "x://%0300d@host", 0);
	ok(parts(url) == NULL, "a user");
	snprintf(url, sizeof(url), "x://host/%0300d", 0);
	ok(parts(url) == NULL, "a path");
}

/* test_redis: what may be REDIS_URL. */
static void
test_redis(void)
{
	static const char *const good[] = {"redis://localhost", "redis://localhost:6379", "redis://:pw@h:1/0",
	"redis://u:p@h/15", "redis://h/"};
	static const char *const bad[] = {"rediss://localhost", "http://localhost", "redis://", "redis://h/x",
	"redis://h/1/2", "redis://h/70000",
	"redis://h/-1", "redis://h/123456", "redis://h:port", "redis://:%@h", "localhost:6379"};
	ServiceUrl	u;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		each(redis_url_problem(good[i]) == NULL, "%s", good[i]);
	all("addresses of Redis");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		each(redis_url_problem(bad[i]) != NULL, "%s", bad[i]);
	all("what is none");
	ok(service_url_parse("redis://h/15", "6379", &u) && redis_url_database(&u) == 15, "the number of the database");
	ok(service_url_parse("redis://h", "6379", &u) && redis_url_database(&u) == 0, "is 0 without one");
}

/* test_origin: what may be shown to everybody. */
static void
test_origin(void)
{
	static const char *const cases[][2] = {
		{"http://h:1", "http://h:1"}, {"https://u:p@h/path?secret", "https://h"}, {"http://u:p@ss@h:1#x", "http://h:1"},
		{"http://[::1]:2/", "http://[::1]:2"}, {"http://h/a@b", "http://h"}, {"h:1", ""}, {"http://", ""}, {"http://u:p@", ""},
	};
	char		out[40];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		each(service_url_origin(cases[i][0], out, sizeof(out)) == (cases[i][1][0] != '\0'), "%s", cases[i][0]);
		is_text(out, cases[i][1], "the origin of '%s'", cases[i][0]);
	}
	all("it says whether there is one");
	ok(!service_url_origin("http://a-host-with-a-name-that-is-much-too-long", out, sizeof(out)) && out[0] == '\0', "one that does not fit");
}

/* main runs the tests. */
int
main(void)
{
	test_parts();
	test_long();
	test_redis();
	test_origin();
	return done_testing();
}
