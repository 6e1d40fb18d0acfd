/*
 * probe_file_fuzz.c
 *		Headers and tags of a file of any bytes: what is kept is clean and within bounds.
 */
#include "../../httpd/probe/container.h"
#include "fuzz.h"

/* is_clean says whether a text is UTF-8 without control characters, and not empty. */
static bool
is_clean(const char *text, size_t max)
{
	size_t		len = strlen(text);

	for (const unsigned char *p = (const unsigned char *) text; *p != '\0';)
	{
		int			more = *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : *p >= 0xC2 ? 1 : 0;

		if ((*p >= 0x80 && more == 0) || (*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7F || *p > 0xF4)
			return false;
		for (p++; more > 0; more--, p++)
			if ((*p & 0xC0) != 0x80)
				return false;
	}
	return len > 0 && len <= max;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SourceBytes bytes = {data, size};
	Source		source = source_of_bytes(&bytes);
	AudioHeader header;
	Tags		tags = {.cover_max = 512};
	TagFields	fields;

	container_read(&source, &header, &tags);
	promise(header.code != PROBE_OK || (header.container != NULL && header.codec != NULL && header.channels <= CHANNELS_MAX));
	promise(header.code == PROBE_OK || header.detail != NULL);
	promise(tags.count <= TAGS_MAX && tags.cover_size <= tags.cover_max && (tags.cover == NULL) == (tags.cover_type == NULL));
	for (size_t i = 0; i < tags.count; i++)
		promise(is_clean(tags.tag[i].name, TAG_NAME_MAX) && is_clean(tags.tag[i].value, TAG_VALUE_MAX));
	tags_understand(&tags, &fields);
	promise(strlen(fields.isrc) == 0 || strlen(fields.isrc) == 12);
	promise(fields.year >= 0 && fields.year <= 9999 && fields.track >= 0 && fields.track <= 9999);
	promise(fields.bpm == 0 || (fields.bpm >= 1 && fields.bpm <= 999));
	tags_free(&tags);
	return 0;
}
