/*
 * wave.c
 *		What a WAV file says of itself (see wave.h). Pure. Source: Microsoft, RIFF and
 *		WAVEFORMATEXTENSIBLE; EBU Tech 3306 (RF64).
 */
#include "wave.h"

#include <stdlib.h>
#include <string.h>

#include "id3.h"

#define CHUNKS_MAX		1024
#define FORMAT_PCM		1
#define FORMAT_FLOAT	3
#define FORMAT_ALAW		6
#define FORMAT_ULAW		7
#define FORMAT_EXTENSIBLE 0xFFFE
/* Whoever writes into a pipe does not know the length, and says something like the largest one. */
#define LENGTH_UNKNOWN	0x7FFFF000

typedef struct WaveChunks
{
	const Source *source;
	uint64_t	long_size;		/* of the data, in a file of more than 4 GB; 0: not said */
	uint64_t	data_size;		/* as it is said */
	uint32_t	frame_size;		/* bytes */
	bool		has_format;
	bool		has_data;
} WaveChunks;

/* take_format reads the chunk that says what samples are. */
static void
take_format(WaveChunks *chunks, uint64_t at, uint64_t size, AudioHeader *header)
{
	uint8_t		bytes[40] = {0};
	uint32_t	tag;

	if (size < 16 || !source_read(chunks->source, at, bytes, size < sizeof(bytes) ? size : sizeof(bytes)))
	{
		header_refuse(header, PROBE_UNDECODABLE, "the format is not said");
		return;
	}
	tag = (uint32_t) number_le(bytes, 2);
	if (tag == FORMAT_EXTENSIBLE)
		tag = (uint32_t) number_le(bytes + 24, 2);
	header->channels = (uint32_t) number_le(bytes + 2, 2);
	header->rate = (uint32_t) number_le(bytes + 4, 4);
	chunks->frame_size = (uint32_t) number_le(bytes + 12, 2);
	header->bits = (uint32_t) number_le(bytes + 14, 2);
	header->codec = tag == FORMAT_PCM ? "pcm" : tag == FORMAT_FLOAT ? "float" : tag == FORMAT_ALAW ? "alaw"
		: tag == FORMAT_ULAW ? "ulaw" : NULL;
	header->is_lossless = tag == FORMAT_PCM;
	chunks->has_format = true;
	if (header->codec == NULL)
		header_refuse(header, PROBE_UNSUPPORTED, "this codec in WAV");
	else if (header->channels == 0)
		header_refuse(header, PROBE_EMPTY, "there are no channels");
}

/* take_info reads a list of texts, if it is that kind of list. */
static void
take_info(const Source *source, uint64_t at, uint64_t size, Tags *tags)
{
	size_t		len;
	uint8_t    *bytes = source_load(source, at, size, TAG_BLOCK_MAX, &len);

	if (bytes != NULL && len >= 4 && memcmp(bytes, "INFO", 4) == 0)
	{
		for (size_t i = 4; i + 8 <= len;)
		{
			char		name[5] = "";
			uint64_t	n = number_le(bytes + i + 4, 4);

			memcpy(name, bytes + i, 4);
			if (n > len - i - 8)
				break;
			tags_add_named(tags, "INFO", name, bytes + i + 8, n, TEXT_UNSAID);
			i += 8 + n + (n & 1);
		}
	}
	free(bytes);
}

/* take_chunk reads one of the chunks that we know. */
static void
take_chunk(WaveChunks *chunks, const uint8_t id[4], uint64_t at, uint64_t size, AudioHeader *header, Tags *tags)
{
	uint8_t		bytes[16];

	if (memcmp(id, "fmt ", 4) == 0 && !chunks->has_format)
		take_format(chunks, at, size, header);
	else if (memcmp(id, "ds64", 4) == 0 && source_read(chunks->source, at, bytes, sizeof(bytes)))
		chunks->long_size = number_le(bytes + 8, 8);
	else if (memcmp(id, "LIST", 4) == 0)
		take_info(chunks->source, at, size, tags);
	else if (memcmp(id, "id3 ", 4) == 0 || memcmp(id, "ID3 ", 4) == 0)
		id3v2_take(chunks->source, at, tags);
	else if (memcmp(id, "data", 4) == 0 && !chunks->has_data)
	{
		chunks->has_data = true;
		chunks->data_size = size;
	}
}

/* settle_frames says how many frames the data has, if that is known. */
static void
settle_frames(const WaveChunks *chunks, AudioHeader *header)
{
	if (header->code != PROBE_OK)
		return;
	if (!chunks->has_format)
		header_refuse(header, PROBE_UNDECODABLE, "the format is not said");
	else if (!chunks->has_data)
		header_refuse(header, PROBE_TRUNCATED, "there is no data");
	else if (chunks->frame_size == 0)
		header_refuse(header, PROBE_UNDECODABLE, "a frame has no size");
	else if (chunks->data_size > 0)
		header->frames = chunks->data_size / chunks->frame_size;
}

void
wave_read(const Source *source, AudioHeader *header, Tags *tags)
{
	WaveChunks	chunks = {.source = source};
	uint8_t		head[12];
	uint64_t	at = sizeof(head);

	header->container = "wav";
	for (int i = 0; i < CHUNKS_MAX && source_read(source, at, head, 8); i++)
	{
		uint64_t	size = number_le(head + 4, 4);
		bool		is_data = memcmp(head, "data", 4) == 0;

		if (is_data && size == 0xFFFFFFFF && chunks.long_size != 0)
			size = chunks.long_size;
		else if (is_data && (size == 0 || size >= LENGTH_UNKNOWN) && size > source->size - at)
			size = source->size - at - 8;
		take_chunk(&chunks, head, at + 8, size, header, tags);
		if (size >= source->size - at)
			break;
		at += 8 + size + (size & 1);
	}
	settle_frames(&chunks, header);
}
