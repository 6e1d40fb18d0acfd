/*
 * cursor_fuzz.c
 *		Cursors that clients send: one that is read is what a statement may take.
 */
#include "../../extension/src/track/cursor.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);

	for (int kind = VZ_CURSOR_TEXT; kind <= VZ_CURSOR_SERIAL; kind++)
	{
		VzCursor	c;

		if (!vz_cursor_read(text, (VzCursorKind) kind, &c))
			continue;
		promise(c.order >= 0 && c.order <= 99 && strlen(c.key) <= VZ_CURSOR_KEY_MAX);
		if (kind != VZ_CURSOR_TEXT)
			promise(strlen(c.key) <= 19 && strspn(c.key, "-0123456789") == strlen(c.key));
		promise(kind == VZ_CURSOR_SERIAL ? strspn(c.id, "0123456789-") == strlen(c.id) : strlen(c.id) == 36);
	}
	free(text);
	return 0;
}
