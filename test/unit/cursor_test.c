/*
 * cursor_test.c
 *		Cursors: what was written is read; what was made up is not.
 */
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/track/cursor.h"
#include "tap.h"

#define ID "0a1b2c3d-0000-4000-8000-00000000f001"

/* comes_back says whether a cursor is read as it was written. */
static bool
comes_back(int order, const char *key, const char *id, VzCursorKind kind)
{
	char	   *text = malloc(VZ_CURSOR_ROOM(strlen(key)));
	VzCursor	c;
	bool		good;

	vz_cursor_write(&(VzCursor) {order, key, id}, text);
	good = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(text) &&
		vz_cursor_read(text, kind, &c) && c.order == order && strcmp(c.key, key) == 0 && strcmp(c.id, id) == 0;
	free(text);
	return good;
}

int
main(void)
{
	static const char *const bad[] = {
		"", "x", "====", "MC4xLjE", "AAAA", "MTIz", "MC4wYTFiMmMzZC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMGYwMDE", "!", "\xC3\xA9"
	};
	char		key[VZ_CURSOR_KEY_MAX + 1];
	VzCursor	c;

	ok(comes_back(0, "", ID, VZ_CURSOR_TEXT), "an empty key");
	ok(comes_back(19, "été . a.b", ID, VZ_CURSOR_TEXT), "any text, with dots");
	ok(comes_back(7, "-1764000000000000", ID, VZ_CURSOR_NUMBER), "a number");
	ok(comes_back(3, "12", "34", VZ_CURSOR_SERIAL), "two numbers");
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	ok(comes_back(1, key, ID, VZ_CURSOR_TEXT), "the longest key");
	ok(!comes_back(1, "12a", ID, VZ_CURSOR_NUMBER), "a word is no number");
	ok(!comes_back(1, "1234567890123456789", ID, VZ_CURSOR_NUMBER), "nor what does not fit");
	ok(!comes_back(1, "", ID, VZ_CURSOR_NUMBER), "nor nothing");
	ok(!comes_back(1, "1", "2", VZ_CURSOR_NUMBER), "a number is no UUID");
	ok(!comes_back(1, "1", ID, VZ_CURSOR_SERIAL), "and a UUID no number");
	ok(!comes_back(1, "\xC3", ID, VZ_CURSOR_TEXT), "broken UTF-8");
	ok(!comes_back(1, "\xED\xA0\x80", ID, VZ_CURSOR_TEXT), "half of a pair");
	ok(!comes_back(100, "1", ID, VZ_CURSOR_TEXT), "an order that there is not");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		each(!vz_cursor_read(bad[i], VZ_CURSOR_TEXT, &c), "'%s' is read", bad[i]);
	all("what is no cursor");
	return done_testing();
}
