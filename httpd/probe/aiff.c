/*
 * aiff.c
 *		What an AIFF file says of itself (see aiff.h). Pure. Source: Apple, AIFF 1.3 and
 *		AIFF-C; IEEE 754 for the rate, which has 80 bits.
 */
#include "aiff.h"

#include <stdlib.h>
#include <string.h>

#include "id3.h"

#define CHUNKS_MAX	1024

/* read_rate reads the whole part of a number of 80 bits; 0 when it is none that a rate can be. */
static uint32_t
read_rate(const uint8_t p[10])
{
	int			exponent = (int) number_be(p, 2) - 16383;

	return exponent < 0 || exponent > 30 ? 0 : (uint32_t) (number_be(p + 2, 8) >> (63 - exponent));
}

/* codec_of says what a kind of compression is; NULL for one that is none of ours. */
static const char *
codec_of(const uint8_t type[4])
{
	static const struct
	{
		const char *type;
		const char *codec;
	}			types[] = {
		{"NONE", "pcm"}, {"twos", "pcm"}, {"sowt", "pcm"}, {"in24", "pcm"}, {"in32", "pcm"}, {"raw ", "pcm"},
		{"fl32", "float"}, {"FL32", "float"}, {"fl64", "float"}, {"FL64", "float"}, {"ulaw", "ulaw"}, {"ULAW", "ulaw"},
		{"alaw", "alaw"}, {"ALAW", "alaw"},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (memcmp(types[i].type, type, 4) == 0)
			return types[i].codec;
	return NULL;
}

/* take_common reads the chunk that says what samples are, and how many. */
static void
take_common(const Source *source, uint64_t at, uint64_t size, bool is_compressed, AudioHeader *header)
{
	uint8_t		bytes[22] = {0};

	if (size < (is_compressed ? 22 : 18) || !source_read(source, at, bytes, is_compressed ? 22 : 18))
	{
		header_refuse(header, PROBE_UNDECODABLE, "the format is not said");
		return;
	}
	header->channels = (uint32_t) number_be(bytes, 2);
	header->frames = number_be(bytes + 2, 4);
	header->bits = (uint32_t) number_be(bytes + 6, 2);
	header->rate = read_rate(bytes + 8);
	header->codec = is_compressed ? codec_of(bytes + 18) : "pcm";
	header->is_lossless = header->codec != NULL && strcmp(header->codec, "pcm") == 0;
	if (header->codec == NULL)
		header_refuse(header, PROBE_UNSUPPORTED, "this codec in AIFF");
	else if (header->channels == 0)
		header_refuse(header, PROBE_EMPTY, "there are no channels");
}

/* take_text_chunk reads a chunk that is a text. */
static void
take_text_chunk(const Source *source, uint64_t at, uint64_t size, const char *name, Tags *tags)
{
	size_t		len;
	uint8_t    *bytes = source_load(source, at, size, 2 * TAG_VALUE_MAX, &len);

	if (bytes != NULL)
		tags_add_named(tags, "AIFF", name, bytes, len, TEXT_UNSAID);
	free(bytes);
}

void
aiff_read(const Source *source, AudioHeader *header, Tags *tags)
{
	uint8_t		head[12];
	uint64_t	at = sizeof(head);
	bool		is_compressed;
	bool		has_common = false;

	header->container = "aiff";
	if (!source_read(source, 0, head, sizeof(head)))
		return;
	is_compressed = head[11] == 'C';
	for (int i = 0; i < CHUNKS_MAX && source_read(source, at, head, 8); i++)
	{
		uint64_t	size = number_be(head + 4, 4);

		if (memcmp(head, "COMM", 4) == 0 && !has_common)
		{
			has_common = true;
			take_common(source, at + 8, size, is_compressed, header);
		}
		else if (memcmp(head, "ID3 ", 4) == 0 || memcmp(head, "id3 ", 4) == 0)
			id3v2_take(source, at + 8, tags);
		else if (memcmp(head, "NAME", 4) == 0 || memcmp(head, "AUTH", 4) == 0 || memcmp(head, "ANNO", 4) == 0)
			take_text_chunk(source, at + 8, size,
							(const char[5]) {(char) head[0], (char) head[1], (char) head[2], (char) head[3]}, tags);
		header->is_cut = size > source->size - at - 8;
		at += 8 + size + (size & 1);
	}
	if (!has_common && header->code == PROBE_OK)
		header_refuse(header, header->is_cut ? PROBE_TRUNCATED : PROBE_UNDECODABLE, "the format is not said");
}
