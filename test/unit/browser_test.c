/*
 * browser_test.c
 *		What stands between a browser's pages and us: origins, cookies, CSRF tokens.
 */
#include "../../httpd/wire/cookie.h"
#include "../../httpd/wire/cors.h"
#include "../../httpd/trust/csrf.h"
#include "tap.h"

/* problem_of returns what is wrong with a list of origins. */
static const char *
problem_of(const char *list)
{
	const char *where;
	size_t		len;

	return cors_list_problem(list, &where, &len);
}

/* test_origins: exact origins, and nothing that only looks like one. */
static void
test_origins(void)
{
	static const char list[] = "https://app.example, http://localhost:3000,https://[::1]:8443";
	static const char *const strangers[] = {"https://app.example.evil.test", "https://evil-app.example", "http://app.example",
		"https://app.example:8443", "https://app.exampl", "https://app.example/", "HTTPS://app.example", "https://APP.example",
	"null", "", "*", "https://app.example,", "http://localhost", "http://localhost:30000", "app.example"};
	static const char *const wrong[] = {"*", "https://*.example", "app.example", "https://", "http://", "https://app.example/",
		"https://app.example/x", "https://App.example", "https://app.example:443", "http://app.example:80",
			"https://app.example:",
		"https://app.example:0", "https://app.example:123456", "https://app.example:8a", "ftp://app.example", "null",
	"https://user@app.example", "https://[::1", "https://app.example?x", "https://good.example,bad"};

	ok(cors_allows(list, "https://app.example") && cors_allows(list, "http://localhost:3000") &&
	   cors_allows(list, "https://[::1]:8443"), "those of the list are allowed");
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
		each(!cors_allows(list, strangers[i]), "'%s' is allowed", strangers[i]);
	all("no other one is");
	ok(!cors_allows(NULL, "https://app.example") && !cors_allows("", ""), "an empty list allows nothing");
	ok(problem_of(list) == NULL && problem_of("") == NULL && problem_of("http://127.0.0.1:5173") == NULL, "good lists");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		each(problem_of(wrong[i]) != NULL, "'%s' is a good list", wrong[i]);
	all("lists of what browsers never write");
}

/* finds checks what a Cookie header holds under the name a; NULL: nothing. */
static void
finds(const char *header, const char *want)
{
	char		value[16] = "?";
	bool		found = cookie_find(header, strlen(header), "a", value, sizeof(value));

	each(found == (want != NULL) && (want == NULL || strcmp(value, want) == 0), "'%s' holds '%s'", header, found ? value : "-");
}

/* test_cookies: the Cookie header, as browsers and as others write it. */
static void
test_cookies(void)
{
	char		out[128];
	char		value[8];

	finds("a=1", "1");
	finds("b=2; a=1", "1");
	finds("b=2;a=1;c=3", "1");
	finds("a=1; a=2", "1");
	finds("a=", "");
	finds("a=\"1\"", "1");
	finds("  a=1  ", "1");
	finds("a=b=c", "b=c");
	finds("aa=1; A=2; b=a=3", NULL);
	finds("", NULL);
	finds("a", NULL);
	finds(";;;", NULL);
	finds("a=x y", NULL);
	finds("a=x,y", NULL);
	finds("a=\x01", NULL);
	finds("a=\xc3\xa9", NULL);
	finds("a=0123456789abcdef", NULL);
	all("cookies are found as RFC 6265 writes them");
	ok(!cookie_find(NULL, 0, "a", value, sizeof(value)), "without a header there are none");
	ok(cookie_write(out, sizeof(out), "n", "v", "/p", 60, false, true), "a cookie is written");
	is_text(out, "n=v; Path=/p; Max-Age=60; HttpOnly; SameSite=Lax; Secure", "for TLS");
	cookie_write(out, sizeof(out), "n", "v", "/", 0, true, false);
	is_text(out, "n=v; Path=/; Max-Age=0; HttpOnly; SameSite=Strict", "and for development");
	ok(!cookie_write(out, 20, "n", "v", "/", 0, true, false), "one that does not fit is not written");
}

/* test_csrf: a token is good under its secret, for its session and its time, unaltered. */
static void
test_csrf(void)
{
	char		token[CSRF_TOKEN_SIZE];
	char		other[CSRF_TOKEN_SIZE];

	csrf_make("secret one", "session", 1060, token);
	csrf_make("secret one", "session", 1060, other);
	ok(strcmp(token, other) != 0, "no two tokens are the same");
	ok(csrf_is_good("secret one", "session", 1000, token), "a token is good");
	ok(csrf_is_good("secret one", "session", 1059, token), "for its time");
	ok(!csrf_is_good("secret one", "session", 1060, token), "and no longer");
	ok(!csrf_is_good("secret two", "session", 1000, token), "under another secret it is none");
	ok(!csrf_is_good("secret one", "other", 1000, token) && !csrf_is_good("secret one", "", 1000, token) &&
	   !csrf_is_good("secret one", "session2", 1000, token), "of another session it is none");
	csrf_make("secret one", "", 1060, other);
	ok(csrf_is_good("secret one", "", 1000, other) && !csrf_is_good("secret one", "session", 1000, other),
		"one of no session is good for none");
	for (size_t i = 0; token[i] != '\0'; i++)
	{
		char		was = token[i];

		token[i] = was == 'A' ? 'B' : 'A';
		each(!csrf_is_good("secret one", "session", 1000, token), "altered at %zu it is good", i);
		token[i] = was;
	}
	all("altered it is none");
	token[strlen(token) - 1] = '\0';
	ok(!csrf_is_good("secret one", "session", 1000, token) && !csrf_is_good("secret one", "session", 1000, ""),
		"cut off it is none");
}

int
main(void)
{
	test_origins();
	test_cookies();
	test_csrf();
	return done_testing();
}
