/*
 * ogg.c
 *		What an Ogg file says of itself (see ogg.h). Pure. Source: RFC 3533 (pages), RFC 7845
 *		(Opus), Ogg Vorbis I. FLAC in Ogg is none of ours: libsndfile cannot decode it.
 */
#include "ogg.h"

#include <stdlib.h>
#include <string.h>

#include "vorbis_comment.h"

#define PAGE_HEAD	27
#define PAGE_MAX	(PAGE_HEAD + 255 + 255 * 255)
#define OPUS_RATE	48000

typedef struct OggPage
{
	uint8_t		head[PAGE_HEAD + 255];
	uint64_t	body;			/* offset */
	size_t		size;			/* of the body */
	uint32_t	serial;
	bool		begins_stream;
} OggPage;

/* read_page reads the head of the page at an offset; false when there is none, or when it is not whole. */
static bool
read_page(const Source *source, uint64_t at, OggPage *page)
{
	if (!source_read(source, at, page->head, PAGE_HEAD) || memcmp(page->head, "OggS\0", 5) != 0
		|| !source_read(source, at + PAGE_HEAD, page->head + PAGE_HEAD, page->head[26]))
		return false;
	page->body = at + PAGE_HEAD + page->head[26];
	page->size = 0;
	for (int i = 0; i < page->head[26]; i++)
		page->size += page->head[PAGE_HEAD + i];
	page->serial = (uint32_t) number_le(page->head + 14, 4);
	page->begins_stream = page->head[5] & 2;
	return page->size <= source->size - page->body;
}

/*
 * take_first_packet reads rate and channels from the first packet; returns how long the mark is that stands
 * before the comments, 0 for another codec.
 */
static size_t
take_first_packet(const uint8_t *packet, size_t len, AudioHeader *header)
{
	if (len >= 30 && memcmp(packet, "\x01vorbis", 7) == 0)
	{
		header->codec = "vorbis";
		header->channels = packet[11];
		header->rate = (uint32_t) number_le(packet + 12, 4);
		return 7;
	}
	if (len >= 19 && memcmp(packet, "OpusHead", 8) == 0)
	{
		header->codec = "opus";
		header->channels = packet[9];
		header->rate = OPUS_RATE;
		return 8;
	}
	return 0;
}

/* load_packet joins the packet that begins with a page over all its pages, up to max bytes; NULL when it has none. */
static uint8_t *
load_packet(const Source *source, uint64_t at, uint32_t serial, size_t max, size_t *len)
{
	uint8_t    *packet = NULL;
	OggPage		page;
	bool		is_whole = false;

	*len = 0;
	for (; !is_whole && *len < max && read_page(source, at, &page); at = page.body + page.size)
	{
		size_t		n = 0;
		uint8_t    *larger;

		if (page.serial != serial)
			continue;
		for (int i = 0; i < page.head[26] && !is_whole; i++)
		{
			n += page.head[PAGE_HEAD + i];
			is_whole = page.head[PAGE_HEAD + i] < 255;
		}
		if (n == 0)
			continue;
		if (n > max - *len)
			n = max - *len;
		if ((larger = realloc(packet, *len + n)) == NULL)
			break;
		packet = larger;
		if (!source_read(source, page.body, packet + *len, n))
			break;
		*len += n;
	}
	return packet;
}

/* take_comments reads the second packet of the stream, which begins with the second page. */
static void
take_comments(const Source *source, const OggPage *first, size_t mark, Tags *tags)
{
	/* A picture in base64 has four bytes for three. */
	size_t		len;
	uint8_t    *packet = load_packet(source, first->body + first->size, first->serial,
									 TAG_BLOCK_MAX + tags->cover_max / 3 * 4, &len);

	if (packet != NULL && len > mark)
		vorbis_comment_read(packet + mark, len - mark, tags);
	free(packet);
}

/* take_end finds the last page, whose position is the length; a file that ends within a page is cut. */
static void
take_end(const Source *source, uint32_t serial, uint64_t skip, AudioHeader *header)
{
	uint64_t	from = source->size > PAGE_MAX ? source->size - PAGE_MAX : 0;
	size_t		len;
	uint8_t    *tail = source_load(source, from, PAGE_MAX, PAGE_MAX, &len);

	header->is_cut = true;
	for (size_t at = len; tail != NULL && at-- > 0;)
	{
		OggPage		page;
		uint64_t	position;

		if (len - at < 4 || memcmp(tail + at, "OggS", 4) != 0)
			continue;
		header->is_cut = !read_page(source, from + at, &page);
		if (len - at < PAGE_HEAD || number_le(tail + at + 14, 4) != serial)
			break;
		position = number_le(tail + at + 6, 8);
		if (position <= INT64_MAX && position > skip)
			header->frames = position - skip;
		break;
	}
	free(tail);
}

void
ogg_read(const Source *source, AudioHeader *header, Tags *tags)
{
	OggPage		first,
				second;
	uint8_t		packet[64];
	size_t		len;
	size_t		mark;

	header->container = "ogg";
	if (!read_page(source, 0, &first))
	{
		header_refuse(header, PROBE_TRUNCATED, "the file ends in its first page");
		return;
	}
	len = first.size < sizeof(packet) ? first.size : sizeof(packet);
	mark = source_read(source, first.body, packet, len) ? take_first_packet(packet, len, header) : 0;
	if (mark == 0)
		header_refuse(header, PROBE_UNSUPPORTED, "this codec in Ogg");
	else if (read_page(source, first.body + first.size, &second) && second.begins_stream)
		header_refuse(header, PROBE_UNSUPPORTED, "several streams at once in Ogg");
	else
	{
		take_comments(source, &first, mark, tags);
		take_end(source, first.serial, strcmp(header->codec, "opus") == 0 ? number_le(packet + 10, 2) : 0, header);
	}
}
