/*
 * foreign_test.c
 *		Documents from outside: what is listed is taken, what is not can be
 *		anything that is JSON. Source: foreign.h, RFC 8259.
 */
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/money/psp_document.h"
#include "../../extension/src/core/ground/foreign.h"
#include "tap.h"

static const VzForeignMember inner[] = {{"id", VZ_FOREIGN_TEXT, 5}, {"n", VZ_FOREIGN_MINOR}, {0}};
static const VzForeignMember wanted[] = {
	{"text", VZ_FOREIGN_TEXT, 5},
	{"minor", VZ_FOREIGN_MINOR},
	{"yes", VZ_FOREIGN_BOOL},
	{"inner", VZ_FOREIGN_OBJECT, 0, inner},
	{"list", VZ_FOREIGN_LIST, 2, inner},
	{0}
};

/* read_text returns what is taken of a text, or "malformed"; the text lies in a block of its own size. */
static const char *
read_text(const char *text)
{
	static char out[400000];
	size_t		len = strlen(text);
	char	   *copy = malloc(len ? len : 1);
	bool		good;

	memcpy(copy, text, len);
	good = vz_foreign_read(copy, len, wanted, out, VZ_FOREIGN_ROOM(len));
	free(copy);
	return good ? out : "malformed";
}

/* takes tests what is taken of a text. */
static void
takes(const char *text, const char *kept)
{
	static int	n = 0;

	is_text(read_text(text), kept, "document %d gives %.60s", ++n, kept);
}

/* nested returns a list in a list in a list ... around nothing. */
static char *
nested(const char *before, int depth, const char *after)
{
	char	   *text = malloc(strlen(before) + strlen(after) + 2 * (size_t) depth + 1);

	strcpy(text, before);
	memset(text + strlen(before), '[', (size_t) depth);
	memset(text + strlen(before) + depth, ']', (size_t) depth);
	strcpy(text + strlen(before) + 2 * depth, after);
	return text;
}

/* test_members: what is listed is taken, as the kind that it is listed as. */
static void
test_members(void)
{
	takes("{}", "{}");
	takes(" { } ", "{}");
	takes("{\"x\":1}", "{}");
	takes("{\"text\":\"abc\",\"x\":[{\"text\":\"no\"}],\"yes\":true}", "{\"text\":\"abc\",\"yes\":true}");
	takes("{\"te\\u0078t\":\"abc\"}", "{\"text\":\"abc\"}");
	takes("{\"text\":\"abcdefgh\"}", "{\"text\":\"abcde\"}");
	takes("{\"text\":\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"}",
		  "{\"text\":\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"}");
	takes("{\"text\":17.5e3}", "{\"text\":\"17.5e\"}");
	takes("{\"text\":true}", "{\"text\":\"true\"}");
	takes("{\"text\":{\"a\":1}}", "{}");
	takes("{\"text\":[\"a\"]}", "{}");
	takes("{\"text\":null,\"minor\":null,\"yes\":null,\"inner\":null,\"list\":null}", "{}");
	takes("{\"inner\":{\"id\":\"a\",\"x\":{\"id\":\"b\"}}}", "{\"inner\":{\"id\":\"a\"}}");
	takes("{\"inner\":[{\"id\":\"a\"}]}", "{}");
	takes("{\"inner\":{}}", "{\"inner\":{}}");
	takes("{\"list\":[{\"id\":\"a\"},7,[],{\"n\":1},{\"id\":\"too many\"}]}", "{\"list\":[{\"id\":\"a\"},{\"n\":1}]}");
	takes("{\"list\":[]}", "{\"list\":[]}");
	takes("{\"list\":{\"id\":\"a\"}}", "{}");
	takes("{\"yes\":\"true\"}", "{}");
	takes("{\"yes\":false}", "{\"yes\":false}");
}

/* test_amounts: minor units are digits; what is no amount shows. */
static void
test_amounts(void)
{
	takes("{\"minor\":0}", "{\"minor\":0}");
	takes("{\"minor\":999999999999999999}", "{\"minor\":999999999999999999}");
	takes("{\"minor\":1000000000000000000}", "{\"minor\":false}");
	takes("{\"minor\":-1}", "{\"minor\":false}");
	takes("{\"minor\":9.0}", "{\"minor\":false}");
	takes("{\"minor\":1e3}", "{\"minor\":false}");
	takes("{\"minor\":\"999\"}", "{\"minor\":false}");
	takes("{\"minor\":[9]}", "{\"minor\":false}");
	takes("{\"minor\":true}", "{\"minor\":false}");
}

/* test_characters: texts are written anew, with U+FFFD where no character can be. */
static void
test_characters(void)
{
	takes("{\"text\":\"a\\u0000b\"}", "{\"text\":\"a\xef\xbf\xbd" "b\"}");
	takes("{\"text\":\"\\ud83d\"}", "{\"text\":\"\xef\xbf\xbd\"}");
	takes("{\"text\":\"\\udc00\\ud83d\"}", "{\"text\":\"\xef\xbf\xbd\xef\xbf\xbd\"}");
	takes("{\"text\":\"\\ud83d\\u0041\"}", "{\"text\":\"\xef\xbf\xbd" "A\"}");
	takes("{\"text\":\"\\uD83D\\uDE00\"}", "{\"text\":\"\xf0\x9f\x98\x80\"}");
	takes("{\"text\":\"\\u00e9\\u20AC\"}", "{\"text\":\"\xc3\xa9\xe2\x82\xac\"}");
	takes("{\"text\":\"\\\"\\\\\\/\\n\\t\"}", "{\"text\":\"\\\"\\\\/\\n\\t\"}");
	takes("{\"text\":\"\\u001f\\u0007\"}", "{\"text\":\"\\u001f\\u0007\"}");
	takes("{\"text\":\"\x7f\"}", "{\"text\":\"\x7f\"}");
}

/* test_unread: members that nobody reads can be anything that is JSON. */
static void
test_unread(void)
{
	char	   *deep = nested("{\"x\":", 4000, ",\"minor\":1}");
	char	   *deeper = nested("{\"x\":", 5000, "}");

	takes("{\"x\":\"\\u0000\\ud83d\",\"minor\":1}", "{\"minor\":1}");
	takes("{\"x\":12345678901234567890123,\"y\":1e400,\"z\":-0.0E-99999,\"minor\":1}", "{\"minor\":1}");
	takes("{\"x\":1,\"x\":2,\"y\":{\"a\":1,\"a\":2},\"minor\":1}", "{\"minor\":1}");
	takes("{\"x\":[[],{},[{\"a\":[1,\"b\",null]}]],\"minor\":1}", "{\"minor\":1}");
	takes("{\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\":1,\"minor\":1}",
		  "{\"minor\":1}");
	takes(deep, "{\"minor\":1}");
	takes(deeper, "malformed");
	free(deep);
	free(deeper);
}

/* test_malformed: what is no JSON object, or can be read in two ways. */
static void
test_malformed(void)
{
	static const char *const texts[] = {
		"", " ", "x", "null", "7", "[]", "\"x\"", "{", "{}}", "{} {}", "{\"x\"}", "{\"x\":}", "{x:1}",
		"{\"x\":1,}", "{,\"x\":1}", "{\"x\":1 \"y\":2}", "{\"x\":01}", "{\"x\":1.}", "{\"x\":.1}", "{\"x\":1e}",
		"{\"x\":+1}", "{\"x\":-}", "{\"x\":\"}", "{\"x\":\"\\x\"}", "{\"x\":\"\\u12g4\"}", "{\"x\":\"\\u12\"}",
		"{\"x\":\"\n\"}", "{\"x\":'a'}", "{\"x\":tru}", "{\"x\":True}", "{\"x\":[1,]}", "{\"x\":[1 2]}",
		"{\"x\":[}", "{\"x\":[{]}}", "{\"x\":{]}", "{\"x\":[1}", "{\"minor\":12", "{\"list\":[{}",
		"{\"list\":[1,]}", "{\"inner\":{}", "{\"text\":\"a", "{\"text\":\"a\\", "{\"minor\":1,\"minor\":1}",
		"{\"text\":null,\"text\":\"a\"}", "{\"inner\":{\"id\":\"a\",\"id\":\"b\"}}",
		"{\"list\":[{\"n\":1,\"n\":1}]}", "{\"x\":nul}", "{\"minor\":1}\v"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		takes(texts[i], "malformed");
}

/* test_lists: of the provider's documents nothing is listed that could carry a secret or a person. */
static void
test_lists(void)
{
	static const char hostile[] = "{\"event_id\":\"e\",\"event_type\":\"t\",\"client_secret\":\"s\","
		"\"content\":{\"type\":\"payment_details\",\"object\":{\"payment_id\":\"p\",\"client_secret\":\"s\","
		"\"sdk_authorization\":\"s\",\"next_action\":{\"client_secret\":\"s\"},\"customer\":{\"name\":\"s\"},"
		"\"email\":\"s\",\"name\":\"s\",\"phone\":\"s\",\"billing\":{\"address\":{\"line1\":\"s\"}},"
		"\"payment_method_data\":{\"card\":{\"card_holder_name\":\"s\"}},"
		"\"metadata\":{\"subscription_id\":\"1\",\"name\":\"s\"}}}}";
	char		out[VZ_FOREIGN_ROOM(sizeof(hostile))];

	ok(vz_foreign_read(hostile, sizeof(hostile) - 1, vz_psp_webhook, out, sizeof(out)), "a webhook is read");
	is_text(out, "{\"event_id\":\"e\",\"event_type\":\"t\",\"content\":{\"type\":\"payment_details\",\"object\":"
			"{\"payment_id\":\"p\",\"metadata\":{\"subscription_id\":\"1\"}}}}", "nothing of the payer is kept");
	ok(!vz_foreign_read(hostile, sizeof(hostile) - 1, vz_psp_webhook, out, 20), "nothing is cut where there is no room");
}

int
main(void)
{
	test_members();
	test_amounts();
	test_characters();
	test_unread();
	test_malformed();
	test_lists();
	return done_testing();
}
