/*
 * json_writer_test.c
 *		What veza-probe writes is JSON, whatever is in it.
 */
#include "../../httpd/probe/json_writer.h"

#include <math.h>
#include <string.h>

#include "tap.h"

/* test_document: every kind of member, commas, escapes, what is no number. */
static void
test_document(void)
{
	static const char expected[] =
		"{\"a\\\"\":\"\\\\\\u000a\\u0001\xC3\xA9\",\"b\":null,\"c\":[-9223372036854775808,-0.12,null,null,[],true],\"d\":null}";
	Json		json = {0};

	json_put_open(&json, NULL, '{');
	json_put_text(&json, "a\"", "\\\n\x01\xC3\xA9");
	json_put_text(&json, "b", NULL);
	json_put_open(&json, "c", '[');
	json_put_whole(&json, NULL, INT64_MIN);
	json_put_number(&json, NULL, -0.125, 2);
	json_put_number(&json, NULL, NAN, 2);
	json_put_number(&json, NULL, INFINITY, 2);
	json_put_open(&json, NULL, '[');
	json_put_close(&json, ']');
	json_put_truth(&json, NULL, true);
	json_put_close(&json, ']');
	json_put_null(&json, "d");
	json_put_close(&json, '}');
	ok(!json.is_broken, "there was memory");
	ok(json.len == sizeof(expected) - 1 && memcmp(json.text, expected, json.len) == 0, "a document");
	json_put_free(&json);
	ok(json.text == NULL, "freed");
}

int
main(void)
{
	test_document();
	return done_testing();
}
