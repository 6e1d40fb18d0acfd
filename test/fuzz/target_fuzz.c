/*
 * target_fuzz.c
 *		target_parse on any target, in a buffer of exactly the promised size;
 *		and is_utf8 on any bytes.
 */
#include "../../httpd/wire/target.h"
#include "fuzz.h"

/* check_text checks that a decoded text lies in the buffer and is fit to be a value. */
static void
check_text(const char *text, const char *buffer, size_t size, bool is_query)
{
	promise(text >= buffer && text < buffer + size);
	promise(strlen(text) < size - (size_t) (text - buffer));
	promise(is_utf8(text, strlen(text)));
	for (const unsigned char *p = (const unsigned char *) text; *p != '\0'; p++)
		promise((*p >= ' ' && *p != 0x7F) || (is_query && strchr("\t\r\n", *p) != NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *raw = text_of(data, size);
	size_t		room = 2 * strlen(raw) + 2;
	char	   *buffer = malloc(room);
	Target		target;

	if (target_parse(raw, buffer, &target) == NULL)
	{
		size_t		slashes = 0;
		size_t		path_len = strcspn(raw, "?");

		for (size_t i = 0; i < path_len; i++)
			slashes += raw[i] == '/';
		promise(target.nsegments == slashes || (path_len == 1 && target.nsegments == 0));
		promise(target.nsegments <= TARGET_SEGMENTS_MAX && target.nparameters <= TARGET_PARAMETERS_MAX);
		for (size_t i = 0; i < target.nsegments; i++)
		{
			check_text(target.segments[i], buffer, room, false);
			promise(strpbrk(target.segments[i], "/\\") == NULL);
			promise(strcmp(target.segments[i], ".") != 0 && strcmp(target.segments[i], "..") != 0);
		}
		for (size_t i = 0; i < target.nparameters; i++)
		{
			check_text(target.parameters[i].name, buffer, room, true);
			check_text(target.parameters[i].value, buffer, room, true);
		}
	}
	free(buffer);
	free(raw);

	{
		char	   *bytes = malloc(size + 1);

		if (size > 0)
			memcpy(bytes, data, size);
		if (is_utf8(bytes, size))
			promise(memchr(bytes, 0, size) == NULL);
		free(bytes);
	}
	return 0;
}
