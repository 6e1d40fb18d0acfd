/*
 * flac.c
 *		What a FLAC file says of itself (see flac.h). Pure. Source: RFC 9639 8.
 */
#include "flac.h"

#include <stdlib.h>

#include "vorbis_comment.h"

#define BLOCKS_MAX		1024
#define STREAMINFO		0
#define COMMENT			4
#define PICTURE			6
#define STREAMINFO_SIZE 34

/* take_streaminfo reads rate, channels, bits and length, which stand in eight bytes. */
static bool
take_streaminfo(const uint8_t *bytes, AudioHeader *header)
{
	uint64_t	packed = number_be(bytes + 10, 8);

	header->rate = (uint32_t) (packed >> 44);
	header->channels = (uint32_t) (packed >> 41 & 7) + 1;
	header->bits = (uint32_t) (packed >> 36 & 31) + 1;
	header->frames = packed & 0xFFFFFFFFF;
	return header->rate > 0;
}

void
flac_read(const Source *source, uint64_t at, AudioHeader *header, Tags *tags)
{
	uint8_t		head[4 + STREAMINFO_SIZE];
	bool		is_last = false;

	header->container = header->codec = "flac";
	header->is_lossless = true;
	header->begins_at = at;
	if (!source_read(source, at + 4, head, sizeof(head)))
	{
		header_refuse(header, PROBE_TRUNCATED, "the file ends in its header");
		return;
	}
	if ((head[0] & 0x7F) != STREAMINFO || number_be(head + 1, 3) != STREAMINFO_SIZE || !take_streaminfo(head + 4, header))
	{
		header_refuse(header, PROBE_UNDECODABLE, "the header is none");
		return;
	}
	at += 4;
	for (int i = 0; i < BLOCKS_MAX && !is_last && source_read(source, at, head, 4); i++)
	{
		int			type = head[0] & 0x7F;
		uint64_t	len = number_be(head + 1, 3);
		uint8_t    *bytes = NULL;
		size_t		loaded;

		if (type == COMMENT || type == PICTURE)
			bytes = source_load(source, at + 4, len, TAG_BLOCK_MAX + (type == PICTURE ? tags->cover_max : 0), &loaded);
		if (bytes != NULL && type == COMMENT)
			vorbis_comment_read(bytes, loaded, tags);
		else if (bytes != NULL)
			flac_picture_read(bytes, loaded, tags);
		free(bytes);
		is_last = head[0] & 0x80;
		at += 4 + len;
	}
	header->is_cut = at >= source->size;
}
