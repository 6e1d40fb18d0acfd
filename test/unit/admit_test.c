/*
 * admit_test.c
 *		What a request's head may look like: every row of the table of what
 *		libmicrohttpd 0.9.75 accepts and must not, and the good ones.
 */
#include <stdlib.h>

#include "../../httpd/wire/admit.h"
#include "tap.h"

#define LIMIT 1000

static HttpHeader headers[40];
static size_t nheaders;
static int	wordless;			/* refusals that do not say what is wrong */

/* add adds a header of the present request. */
static void
add(const char *name, const char *value)
{
	headers[nheaders++] = (HttpHeader) {name, strlen(name), value, strlen(value)};
}

/* judge judges a request with the headers added so far, and forgets them. */
static Admission
judge(const char *method, const char *target, const char *version)
{
	HttpHead	head = {method, target, version, headers, nheaders};
	Admission	a = request_admit(&head, LIMIT);

	nheaders = 0;
	return a;
}

/* with judges a POST with a Host and one or two more headers. */
static Admission
with(const char *name, const char *value, const char *name2, const char *value2)
{
	add("Host", "api.example");
	add(name, value);
	if (name2 != NULL)
		add(name2, value2);
	return judge("POST", "/x", "HTTP/1.1");
}

/* refuses tests that a judgement is this error, with a problem in words. */
static void
refuses(Admission a, VzError error, const char *what)
{
	is_number(a.error, error, "%s", what);
	wordless += a.error != ADMIT_OK && (a.problem == NULL || strlen(a.problem) < 8);
}

/* test_lines: method, target and version. */
static void
test_lines(void)
{
	static const char *const good[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
	static const char *const unknown[] = {"get", "Get", "CONNECT", "TRACE", "PROPFIND", "GETT", "GE", "", "GET "};
	static const char *const bad_targets[] = {"", "*", "http://evil/x", "//evil\\x", "/a b", "/a\tb", "/a\x7f",
	"/\xc3\xa9", "/a#b", "/a\"b", "/a<b", "/a>b", "evil.example:443", "/a\\b"};
	static const char *const versions[] = {"HTTP/1.9", "HTTP/2.0", "HTTP/0.9", "HTTP/1.10", "http/1.1", "", "HTTP/1.1 "};
	char		target[ADMIT_TARGET_MAX + 2];
	char		method[5001];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		add("Host", "h");
		is_number(judge(good[i], "/", "HTTP/1.1").error, ADMIT_OK, "%s is let in", good[i]);
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
	{
		add("Host", "h");
		is_number(judge(unknown[i], "/", "HTTP/1.1").error, VZ_E_NOT_IMPLEMENTED, "method '%s' is 501", unknown[i]);
	}
	memset(method, 'A', 5000);
	method[5000] = '\0';
	refuses(judge(method, "/", "HTTP/1.1"), VZ_E_NOT_IMPLEMENTED, "a method of 5,000 letters is 501");
	for (size_t i = 0; i < sizeof(bad_targets) / sizeof(bad_targets[0]); i++)
	{
		add("Host", "h");
		is_number(judge("GET", bad_targets[i], "HTTP/1.1").error, VZ_E_MALFORMED_REQUEST, "target '%s' is 400",
				  bad_targets[i]);
	}
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
	{
		add("Host", "h");
		is_number(judge("GET", "/", versions[i]).error, VZ_E_HTTP_VERSION_NOT_SUPPORTED, "version '%s' is 505",
				  versions[i]);
	}
	memset(target, 'a', sizeof(target));
	target[0] = '/';
	target[ADMIT_TARGET_MAX] = '\0';
	add("Host", "h");
	is_number(judge("GET", target, "HTTP/1.1").error, ADMIT_OK, "a target of 8,192 bytes is let in");
	target[ADMIT_TARGET_MAX] = 'a';
	target[ADMIT_TARGET_MAX + 1] = '\0';
	add("Host", "h");
	refuses(judge("GET", target, "HTTP/1.1"), VZ_E_URI_TOO_LONG, "a longer one is 414");
	add("Host", "h");
	is_number(judge("GET", "/a%2f?b=%zz&c", "HTTP/1.1").error, ADMIT_OK, "what is encoded is judged by others");
}

/* test_host: one, and not empty. */
static void
test_host(void)
{
	refuses(judge("GET", "/", "HTTP/1.1"), VZ_E_MALFORMED_REQUEST, "HTTP/1.1 without Host");
	add("Host", "");
	refuses(judge("GET", "/", "HTTP/1.1"), VZ_E_MALFORMED_REQUEST, "an empty Host");
	{
		static const char *const good[] = {"a", "api.example", "api.example:8080", "a:", "192.0.2.1", "[::1]",
			"[2001:db8::1]:8080", "a_b", "localhost ", "%41"};
		static const char *const bad[] = {" ", "a b", "a\tb", "a:b", "a:80:80", "a:-1", "[::1", "[]", "[::1]x", "[g]",
			"a/b", "a@b", "u:p@a", "a?b", "a#b", ":80", "a,b c", "caf\xc3\xa9", "a:8 0"};

		for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		{
			add("Host", good[i]);
			is_number(judge("GET", "/", "HTTP/1.1").error, ADMIT_OK, "Host '%s'", good[i]);
		}
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		{
			add("Host", bad[i]);
			is_number(judge("GET", "/", "HTTP/1.1").error, VZ_E_MALFORMED_REQUEST, "Host '%s'", bad[i]);
			add("Host", bad[i]);
			each(judge("GET", "/", "HTTP/1.0").error == VZ_E_MALFORMED_REQUEST, "Host '%s' in HTTP/1.0", bad[i]);
		}
		all("and no better in HTTP/1.0");
	}
	add("Host", "a");
	add("host", "a");
	refuses(judge("GET", "/", "HTTP/1.1"), VZ_E_MALFORMED_REQUEST, "two Hosts, even equal ones");
	is_number(judge("GET", "/", "HTTP/1.0").error, ADMIT_OK, "HTTP/1.0 needs none");
}

/* test_singletons: what decides something may be there once. */
static void
test_singletons(void)
{
	static const char *const names[] = {"Content-Length", "Transfer-Encoding", "Content-Type", "Authorization",
	"Idempotency-Key", "Range", "X-CSRF-Token", "Origin", "host", "CONTENT-LENGTH", "aUTHORIZATION",
	"Cookie", "User-Agent", "X-Request-ID", "X-Webhook-Signature-512", "If-Range", "Access-Control-Request-Method", "Expect"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		is_number(with(names[i], "5", names[i], "5").error, VZ_E_MALFORMED_REQUEST, "two of %s", names[i]);
	is_number(with("Accept", "a", "Accept", "b").error, ADMIT_OK, "others may repeat");
	add("Host", "h");
	add("Content-Length", "5");
	add("X-Between", "x");
	add("content-length", "3");
	refuses(judge("POST", "/", "HTTP/1.1"), VZ_E_MALFORMED_REQUEST, "two lengths apart");
}

/* test_names: names are tokens and values have no control characters. */
static void
test_names(void)
{
	refuses(with("Transfer-Encoding ", "chunked", NULL, NULL), VZ_E_MALFORMED_REQUEST, "a blank before the colon");
	refuses(with("", "x", NULL, NULL), VZ_E_MALFORMED_REQUEST, "an empty name");
	for (int c = 0; c < 256; c++)
	{
		char		name[4] = {'X', (char) c, 'Y'};
		char		value[4] = {'a', (char) c, 'b'};
		bool		is_token = c > ' ' && c < 0x7F && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;
		bool		is_fine = c == '\t' || (c >= ' ' && c != 0x7F);

		headers[nheaders++] = (HttpHeader) {"Host", 4, "h", 1};
		headers[nheaders++] = (HttpHeader) {name, 3, "v", 1};
		each((judge("GET", "/", "HTTP/1.1").error == ADMIT_OK) == is_token, "byte %d in a name", c);
		headers[nheaders++] = (HttpHeader) {"Host", 4, "h", 1};
		headers[nheaders++] = (HttpHeader) {"X-Y", 3, value, 3};
		each((judge("GET", "/", "HTTP/1.1").error == ADMIT_OK) == is_fine, "byte %d in a value", c);
	}
	all("every byte is judged, in names and in values");
}

/* test_body: how the body is framed. */
static void
test_body(void)
{
	static const char *const codings[] = {"xchunked", "gzip, chunked", "chunked, identity", "identity", "", "chunked,",
	" chunked", "chunked;q=1", "chunke"};
	static const char *const lengths[] = {"-1", "+5", "5, 5", "0x5", "", " 5", "5 ", "5a", "99999999999999999999999"};
	Admission	a;

	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++)
		is_number(with("Transfer-Encoding", codings[i], NULL, NULL).error, VZ_E_NOT_IMPLEMENTED,
				  "Transfer-Encoding '%s' is 501", codings[i]);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		is_number(with("Content-Length", lengths[i], NULL, NULL).error, VZ_E_MALFORMED_REQUEST,
				  "Content-Length '%s' is 400", lengths[i]);
	refuses(with("Content-Length", "5", "Transfer-Encoding", "chunked"), VZ_E_MALFORMED_REQUEST, "both framings");
	refuses(with("Transfer-Encoding", "chunked", "Content-Length", "5"), VZ_E_MALFORMED_REQUEST, "in either order");
	refuses(with("Content-Length", "0", "Transfer-Encoding", "identity"), VZ_E_MALFORMED_REQUEST, "whatever they say");
	add("Transfer-Encoding", "chunked");
	refuses(judge("POST", "/", "HTTP/1.0"), VZ_E_MALFORMED_REQUEST, "HTTP/1.0 has no transfer codings");

	a = with("Transfer-Encoding", "Chunked", NULL, NULL);
	ok(a.error == ADMIT_OK && a.has_body && a.is_chunked, "chunked in any case is a body of unknown length");
	a = with("Content-Length", "1000", NULL, NULL);
	ok(a.error == ADMIT_OK && a.has_body && !a.is_chunked && a.content_length == LIMIT, "the limit is let in");
	refuses(with("Content-Length", "1001", NULL, NULL), VZ_E_PAYLOAD_TOO_LARGE, "one byte more is 413");
	refuses(with("Content-Length", "10737418240", NULL, NULL), VZ_E_PAYLOAD_TOO_LARGE, "10 GiB is 413 before any body");
	refuses(with("Content-Length", "9999999999999999999", NULL, NULL), VZ_E_PAYLOAD_TOO_LARGE, "19 digits do not wrap");
	a = with("Content-Length", "0", NULL, NULL);
	ok(a.error == ADMIT_OK && !a.has_body, "a length of zero is no body");
	a = with("Accept", "*/*", NULL, NULL);
	ok(a.error == ADMIT_OK && !a.has_body && !a.is_chunked && a.content_length == 0, "no framing is no body");
}

/* test_expect: 100-continue and nothing else. */
static void
test_expect(void)
{
	is_number(with("Expect", "100-continue", NULL, NULL).error, ADMIT_OK, "Expect: 100-continue");
	is_number(with("expect", "100-Continue", NULL, NULL).error, ADMIT_OK, "in any case");
	refuses(with("Expect", "foo", NULL, NULL), VZ_E_EXPECTATION_FAILED, "another expectation is 417");
	refuses(with("Expect", "", NULL, NULL), VZ_E_EXPECTATION_FAILED, "an empty one is 417");
	is_number(with("Idempotency-Key", "8e03978e-40d5", NULL, NULL).error, ADMIT_OK, "an Idempotency-Key");
	refuses(with("Idempotency-Key", "", NULL, NULL), VZ_E_MALFORMED_REQUEST, "is not empty");
	refuses(with("Idempotency-Key", "a b", NULL, NULL), VZ_E_MALFORMED_REQUEST, "has no blanks");
	refuses(with("Idempotency-Key", "\xc3\xa9", NULL, NULL), VZ_E_MALFORMED_REQUEST, "is ASCII");
	ok(with("Expect", "100-continue", "Expect", "foo").error != ADMIT_OK, "a second one does not hide behind the first");
}

/* test_content: what the bytes of a body mean. */
static void
test_content(void)
{
	static const char *const plain[] = {"", "identity", "Identity", " identity , identity", ","};
	static const char *const coded[] = {"gzip", "x", "identity, gzip", "br", "identit", "identity;q=1", "deflate"};
	static const char *const types[] = {"application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8",
		"application/json; charset=\"utf-8\"", "application/json ; a=b ;\tCharset=Utf-8 ; c=d",
			"text/plain; xcharset=latin1", "multipart/form-data; boundary=charset=x",
	"image/png"};
	static const char *const foreign[] = {"application/json; charset=utf-16", "application/json;charset=latin1",
		"application/json; charset=",
	"application/json; charset=utf-8; charset=utf-16", "application/json; charset=utf-80",
		"application/json; charset=\"utf-16\"", "application/json; CHARSET=utf8"};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		is_number(with("Content-Length", "5", "Content-Encoding", plain[i]).error, ADMIT_OK, "Content-Encoding '%s'", plain[i]);
	for (size_t i = 0; i < sizeof(coded) / sizeof(coded[0]); i++)
	{
		Admission	a = with("Content-Length", "5", "Content-Encoding", coded[i]);

		ok(a.error == VZ_E_UNSUPPORTED_MEDIA_TYPE && a.is_coded, "Content-Encoding '%s' is 415", coded[i]);
		each(with("Transfer-Encoding", "chunked", "Content-Encoding", coded[i]).error == VZ_E_UNSUPPORTED_MEDIA_TYPE,
			"'%s' in chunks", coded[i]);
		each(with("Accept", "x", "Content-Encoding", coded[i]).error == ADMIT_OK, "'%s' without a body", coded[i]);
	}
	all("in chunks as well, and not without a body");
	add("Content-Encoding", "identity");
	is_number(with("Content-Length", "5", "Content-Encoding", "gzip").error, VZ_E_UNSUPPORTED_MEDIA_TYPE,
		"a second line does not hide behind the first");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		is_number(with("Content-Length", "5", "Content-Type", types[i]).error, ADMIT_OK, "Content-Type '%s'", types[i]);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
	{
		Admission	a = with("Content-Length", "5", "Content-Type", foreign[i]);

		ok(a.error == VZ_E_UNSUPPORTED_MEDIA_TYPE && !a.is_coded, "Content-Type '%s' is 415", foreign[i]);
	}
}

/* The head of a request in the form that libmicrohttpd 0.9 leaves it in. */
#define LEFT "GET\0/a?b\0HTTP/1.1\0\0Host\0 h\0\0X-A\0\0\0Y\0\t v v\0\0\0\0"

/* judge_left judges such a head, of which libmicrohttpd says what it says of LEFT. */
static Admission
judge_left(const char *raw, size_t raw_len)
{
	HttpHeader	list[] = {{raw + 19, 4, raw + 25, 1}, {raw + 28, 3, raw + 32, 0}, {raw + 34, 1, raw + 38, 3}};
	HttpHead	head = {raw, raw + 4, raw + 9, list, 3, raw, raw_len};

	return request_admit(&head, LIMIT);
}

/* test_raw: every byte of the head is one that was shown, or one that must be there. */
static void
test_raw(void)
{
	static const char left[] = LEFT;
	size_t		len = sizeof(left) - 1;
	char		copy[sizeof(left) + 2];

	is_number(judge_left(left, len).error, ADMIT_OK, "a head as it must be");
	for (size_t i = 0; i < len; i++)
	{
		memcpy(copy, left, sizeof(left));
		if (copy[i] != '\0')
			continue;
		copy[i] = 'x';
		each(judge_left(copy, len).error != ADMIT_OK, "another byte than NUL at %zu", i);
	}
	all("no byte stands where a line ends");
	for (size_t n = 0; n < len; n++)
		each(judge_left(left, n).error != ADMIT_OK, "cut after %zu bytes", n);
	memset(copy, 0, sizeof(copy));
	memcpy(copy, left, len);
	each(judge_left(copy, len + 1).error != ADMIT_OK, "a NUL behind it");
	all("nor is it shorter or longer");
}

/* test_lookup: finding a header again. */
static void
test_lookup(void)
{
	HttpHeader	list[] = {{"Host", 4, "h", 1}, {"X-Request-ID", 12, "abc", 3}};
	HttpHead	head = {"GET", "/", "HTTP/1.1", list, 2};

	ok(request_header(&head, "x-request-id") == &list[1], "a header is found in any case");
	ok(request_header(&head, "X-Request") == NULL, "not by a part of its name");
	ok(request_header(&head, "X-Request-ID2") == NULL, "nor by a longer one");
	head.nheaders = 0;
	ok(request_header(&head, "Host") == NULL, "nothing is found in nothing");
	{
		HttpHeader	lines[] = {{"If-Match", 8, "\"a\"", 3}, {"Accept", 6, "x", 1}, {"if-match", 8, "\"b\", \"c\"", 8},
			{"Prefer", 6, "", 0}};
		HttpHead	listed = {"GET", "/", "HTTP/1.1", lines, 4};
		char	   *joined = request_list(&listed, "If-Match");
		char	   *empty = request_list(&listed, "Prefer");

		is_text(joined, "\"a\", \"b\", \"c\"", "the lines of a list are one list");
		is_text(empty, "", "an empty one is there");
		ok(request_list(&listed, "If-None-Match") == NULL, "one that was not sent is not");
		ok(request_list(&listed, "Accept") == NULL && request_header(&listed, "Accept") == NULL &&
		   request_header(&listed, "If-Match") == NULL, "what stands in no table is not found");
		free(joined);
		free(empty);
	}
}

int
main(void)
{
	test_lines();
	test_host();
	test_singletons();
	test_names();
	test_body();
	test_expect();
	test_content();
	test_raw();
	test_lookup();
	is_number(wordless, 0, "each refusal says what is wrong");
	return done_testing();
}
