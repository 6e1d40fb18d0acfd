/*
 * mp4.c
 *		What an M4A file says of itself (see mp4.h). Pure. Source: ISO/IEC 14496-12 (boxes),
 *		14496-14; Apple, QuickTime File Format (sound description, metadata).
 */
#include "mp4.h"

#include <stdlib.h>
#include <string.h>

#include "genre.h"

#define BOXES_MAX	4096		/* of one level */

typedef struct Mp4Box
{
	char		type[5];
	uint64_t	at;				/* where its content begins */
	uint64_t	end;
} Mp4Box;

/*
 * next_mp4_box takes the box at an offset, which ends no later than its parent; false when there is none. Sets
 * *is_cut when it should end later.
 */
static bool
next_mp4_box(const Source *source, uint64_t at, uint64_t end, Mp4Box *box, bool *is_cut)
{
	uint8_t		head[16];
	uint64_t	size;
	uint64_t	head_size = 8;

	if (end - at < 8 || !source_read(source, at, head, 8))
		return false;
	size = number_be(head, 4);
	if (size == 1)
	{
		if (end - at < 16 || !source_read(source, at, head, 16))
			return false;
		size = number_be(head + 8, 8);
		head_size = 16;
	}
	else if (size == 0)
		size = end - at;
	if (size < head_size)
		return false;
	if (size > end - at)
	{
		*is_cut = true;
		size = end - at;
	}
	memcpy(box->type, head + 4, 4);
	box->type[4] = '\0';
	box->at = at + head_size;
	box->end = at + size;
	return true;
}

/* find_mp4_box finds the first box of a type within another one. */
static bool
find_mp4_box(const Source *source, uint64_t at, uint64_t end, const char *type, Mp4Box *box)
{
	bool		ignored;

	for (int i = 0; i < BOXES_MAX && at <= end && next_mp4_box(source, at, end, box, &ignored); i++, at = box->end)
		if (memcmp(box->type, type, 4) == 0)
			return true;
	return false;
}

/* find_path finds a box by the types of it and of those around it, each of four characters. */
static bool
find_path(const Source *source, const Mp4Box *from, const char *path, Mp4Box *box)
{
	*box = *from;
	for (; *path != '\0'; path += 4)
		if (!find_mp4_box(source, box->at, box->end, path, box))
			return false;
	return true;
}

/* take_media_head reads how long a track is. */
static void
take_media_head(const Source *source, const Mp4Box *mdhd, AudioHeader *header)
{
	uint8_t		bytes[32];
	uint64_t	size = mdhd->end - mdhd->at;

	if (size >= 32 && source_read(source, mdhd->at, bytes, 32) && bytes[0] == 1)
	{
		header->rate = (uint32_t) number_be(bytes + 20, 4);
		header->frames = number_be(bytes + 24, 8);
	}
	else if (size >= 20 && source_read(source, mdhd->at, bytes, 20) && bytes[0] == 0)
	{
		header->rate = (uint32_t) number_be(bytes + 12, 4);
		header->frames = number_be(bytes + 16, 4);
	}
	/* All ones: not known. */
	if (header->frames >= UINT32_MAX)
		header->frames = 0;
}

/* take_sound reads what kind of sound a track has. */
static void
take_sound(const Source *source, const Mp4Box *stsd, AudioHeader *header)
{
	uint8_t		bytes[8 + 8 + 28];

	if (stsd->end - stsd->at < sizeof(bytes) || !source_read(source, stsd->at, bytes, sizeof(bytes)))
	{
		header_refuse(header, PROBE_UNDECODABLE, "the format is not said");
		return;
	}
	header->codec = memcmp(bytes + 12, "mp4a", 4) == 0 ? "aac" : memcmp(bytes + 12, "alac", 4) == 0 ? "alac" : NULL;
	header->channels = (uint32_t) number_be(bytes + 32, 2);
	if (header->codec == NULL)
		header_refuse(header, PROBE_UNSUPPORTED, "this codec in M4A");
	else if (strcmp(header->codec, "alac") == 0)
	{
		header->is_lossless = true;
		header->bits = (uint32_t) number_be(bytes + 34, 2);
	}
}

/* take_track reads a track if it is of sound, and the first one; refuses one of pictures that move. */
static void
take_track(const Source *source, const Mp4Box *trak, AudioHeader *header)
{
	Mp4Box		box;
	uint8_t		handler[12];

	if (!find_path(source, trak, "mdiahdlr", &box) || box.end - box.at < 12 || !source_read(source, box.at, handler, 12))
		return;
	if (memcmp(handler + 8, "vide", 4) == 0)
		header_refuse(header, PROBE_UNSUPPORTED, "a film");
	if (memcmp(handler + 8, "soun", 4) != 0 || header->codec != NULL || header->code != PROBE_OK)
		return;
	if (find_path(source, trak, "mdiamdhd", &box))
		take_media_head(source, &box, header);
	if (find_path(source, trak, "mdiaminfstblstsd", &box))
		take_sound(source, &box, header);
	else
		header_refuse(header, PROBE_UNDECODABLE, "the format is not said");
}

/* take_value adds the data of an item, which is text, a picture, or numbers. */
static void
take_value(const char *type, const char *part, const uint8_t *data, size_t len, uint32_t kind, Tags *tags)
{
	char		number[16];

	if (strcmp(type, "covr") == 0)
		tags_add_picture(tags, false, data, len);
	else if (strcmp(type, "gnre") == 0 && len >= 2)
	{
		const char *genre = genre_of_number((int) number_be(data, 2) - 1);

		if (genre != NULL)
			tags_add(tags, type, (const uint8_t *) genre, strlen(genre), TEXT_LATIN1);
	}
	else if ((strcmp(type, "trkn") == 0 && len >= 4) || (strcmp(type, "tmpo") == 0 && len >= 2))
	{
		unsigned	value = (unsigned) number_be(type[1] == 'r' ? data + 2 : data, 2);
		size_t		n = sizeof(number);

		do
		{
			number[--n] = (char) ('0' + value % 10);
			value /= 10;
		} while (value > 0);
		if (number[n] != '0')
			tags_add(tags, type, (const uint8_t *) number + n, sizeof(number) - n, TEXT_LATIN1);
	}
	else if (kind == 1)
		tags_add_named(tags, type, part, data, len, TEXT_UTF8);
}

/* take_item reads one item of the list: its data, and of a free form its name. */
static void
take_item(const uint8_t *item, size_t len, Tags *tags)
{
	char		type[6] = "";
	char		part[TAG_NAME_MAX + 1] = "";
	size_t		used = 0;

	/* The sign that Apple begins its names with is one byte there. */
	if (item[4] == 0xA9)
	{
		memcpy(type, "\xC2\xA9", 2);
		memcpy(type + 2, item + 5, 3);
	}
	else
		memcpy(type, item + 4, 4);
	for (size_t at = 8; at + 12 <= len;)
	{
		uint64_t	size = number_be(item + at, 4);

		if (size < 12 || size > len - at)
			return;
		if (memcmp(item + at + 4, "data", 4) == 0 && size >= 16)
			take_value(type, part, item + at + 16, size - 16, (uint32_t) number_be(item + at + 9, 3), tags);
		else if (memcmp(item + at + 4, "mean", 4) == 0 || memcmp(item + at + 4, "name", 4) == 0)
		{
			size_t		n = size - 12;

			if (used > 0 && used < TAG_NAME_MAX)
				part[used++] = ':';
			if (n > TAG_NAME_MAX - used)
				n = TAG_NAME_MAX - used;
			memcpy(part + used, item + at + 12, n);
			used += n;
			part[used] = '\0';
		}
		at += size;
	}
}

/* take_items reads the list of metadata. */
static void
take_items(const Source *source, const Mp4Box *moov, Tags *tags)
{
	Mp4Box		meta,
				ilst;
	size_t		len;
	uint8_t    *bytes;

	if (!find_path(source, moov, "udtameta", &meta))
		return;
	/* QuickTime's has no version before its boxes. */
	if (!find_mp4_box(source, meta.at + 4, meta.end, "ilst", &ilst) && !find_mp4_box(source, meta.at, meta.end, "ilst", &ilst))
		return;
	bytes = source_load(source, ilst.at, ilst.end - ilst.at, TAG_BLOCK_MAX + tags->cover_max, &len);
	for (size_t at = 0; bytes != NULL && at + 8 <= len;)
	{
		uint64_t	size = number_be(bytes + at, 4);

		if (size < 8 || size > len - at)
			break;
		take_item(bytes + at, size, tags);
		at += size;
	}
	free(bytes);
}

void
mp4_read(const Source *source, AudioHeader *header, Tags *tags)
{
	Mp4Box		box,
				moov = {.type = ""};
	uint64_t	at = 0;
	bool		ignored;

	header->container = "mp4";
	for (int i = 0; i < BOXES_MAX && next_mp4_box(source, at, source->size, &box, &header->is_cut); i++, at = box.end)
		if (strcmp(box.type, "moov") == 0)
			moov = box;
	if (moov.end == 0)
	{
		/* The index may stand last. A head that is not whole is a cut, too. */
		header_refuse(header, header->is_cut || (at < source->size && source->size - at < 8) ? PROBE_TRUNCATED
					  : PROBE_UNDECODABLE, "there is no index");
		return;
	}
	at = moov.at;
	for (int i = 0; i < BOXES_MAX && at <= moov.end && next_mp4_box(source, at, moov.end, &box, &ignored); i++, at = box.end)
		if (strcmp(box.type, "trak") == 0)
			take_track(source, &box, header);
	take_items(source, &moov, tags);
	if (header->codec == NULL && header->code == PROBE_OK)
		header_refuse(header, PROBE_UNSUPPORTED, "there is no track of sound");
}
