/*
 * range_fuzz.c
 *		Any Range on any size, and any name of a file. Input: eight bytes of size, a
 *		line with the range, the name.
 */
#include "../../httpd/wire/disposition.h"
#include "../../httpd/wire/range.h"
#include "../../httpd/wire/target.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t	whole;
	uint64_t	first = 0;
	uint64_t	last = 0;
	const uint8_t *line;
	size_t		len;
	char	   *range;
	char	   *name;
	char		out[DISPOSITION_SIZE];

	if (size < 8)
		return 0;
	memcpy(&whole, data, 8);
	data += 8;
	size -= 8;
	if (!take_line(&data, &size, &line, &len))
		return 0;
	range = text_of(line, len);
	if (range_read(range, whole, &first, &last) == RANGE_PART)
		promise(first <= last && last < whole);
	free(range);
	name = text_of(data, size);
	if (is_utf8(name, strlen(name)))
	{
		disposition_write(out, size % 2, name, "flac");
		promise(strlen(out) > 0 && strlen(out) < DISPOSITION_SIZE - 1);
		promise(strpbrk(out, "\r\n\\/") == NULL && strstr(out, ".flac") != NULL);
		for (const char *p = out; *p != '\0'; p++)
			promise(*p >= 0x20 && *p < 0x7F);
	}
	free(name);
	return 0;
}
