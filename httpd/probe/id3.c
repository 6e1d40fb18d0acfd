/*
 * id3.c
 *		ID3 tags (see id3.h). Pure. Source: id3.org, ID3v2.2, ID3v2.3 and ID3v2.4
 *		(structure and native frames).
 *
 * Frames that are compressed or encrypted are left out: what they unpack to has
 * no measure, and nobody writes them.
 */
#include "id3.h"

#include <stdlib.h>
#include <string.h>

#include "genre.h"

/* A frame: its name, and what it holds. */
typedef struct Id3Frame
{
	char		id[5];			/* three characters in version 2.2 */
	const uint8_t *data;
	size_t		len;
} Id3Frame;

/* synchsafe reads four bytes of seven bits each. */
static uint32_t
synchsafe(const uint8_t *p)
{
	return (uint32_t) (p[0] & 0x7F) << 21 | (uint32_t) (p[1] & 0x7F) << 14 | (uint32_t) (p[2] & 0x7F) << 7 | (p[3] & 0x7F);
}

uint64_t
id3v2_length(const uint8_t head[ID3V2_HEAD])
{
	if (memcmp(head, "ID3", 3) != 0 || head[3] < 2 || head[3] > 4 || head[4] == 0xFF)
		return 0;
	if ((head[6] | head[7] | head[8] | head[9]) & 0x80)
		return 0;
	return ID3V2_HEAD + (uint64_t) synchsafe(head + 6) + (head[3] == 4 && head[5] & 0x10 ? ID3V2_HEAD : 0);
}

/* undo_unsynchronisation takes away the zero that stands behind each 0xFF, in place; returns the length that is left. */
static size_t
undo_unsynchronisation(uint8_t *bytes, size_t len)
{
	size_t		n = 0;

	for (size_t i = 0; i < len; i++)
	{
		bytes[n++] = bytes[i];
		if (bytes[i] == 0xFF && i + 1 < len && bytes[i + 1] == 0)
			i++;
	}
	return n;
}

/* encoding_of says what the first byte of a text means. */
static TextEncoding
encoding_of(uint8_t byte)
{
	return byte == 1 ? TEXT_UTF16 : byte == 2 ? TEXT_UTF16_BE : byte == 3 ? TEXT_UTF8 : TEXT_LATIN1;
}

/* take_described reads a frame of a description and a text behind it: TXXX, or COMM with its language. */
static void
take_described(const Id3Frame *frame, const char *name, size_t skip, Tags *tags)
{
	char		description[TAG_NAME_MAX + 1];
	TextEncoding encoding;
	size_t		with_nul;
	size_t		len;

	if (frame->len < 1 + skip)
		return;
	encoding = encoding_of(frame->data[0]);
	len = text_until_nul(frame->data + 1 + skip, frame->len - 1 - skip, encoding, &with_nul);
	text_clean(frame->data + 1 + skip, len, encoding, description, sizeof(description));
	tags_add_named(tags, name, description, frame->data + 1 + skip + with_nul, frame->len - 1 - skip - with_nul, encoding);
}

/* take_picture reads APIC, or PIC, whose type of image has three characters. */
static void
take_picture(const Id3Frame *frame, bool is_old, Tags *tags)
{
	size_t		at = 1;
	size_t		with_nul = 3;
	bool		is_front;

	if (frame->len < 1)
		return;
	if (!is_old)
		text_until_nul(frame->data + at, frame->len - at, TEXT_LATIN1, &with_nul);
	at += with_nul;
	if (at >= frame->len)
		return;
	is_front = frame->data[at++] == 3;
	text_until_nul(frame->data + at, frame->len - at, encoding_of(frame->data[0]), &with_nul);
	at += with_nul;
	tags_add_picture(tags, is_front, frame->data + at, frame->len - at);
}

/* take_frame reads one of the frames that we know. */
static void
take_frame(const Id3Frame *frame, Tags *tags)
{
	if (strcmp(frame->id, "TXXX") == 0 || strcmp(frame->id, "TXX") == 0)
		take_described(frame, "TXXX", 0, tags);
	else if (strcmp(frame->id, "COMM") == 0 || strcmp(frame->id, "COM") == 0)
		take_described(frame, "COMM", 3, tags);
	else if (strcmp(frame->id, "APIC") == 0 || strcmp(frame->id, "PIC") == 0)
		take_picture(frame, frame->id[3] == '\0', tags);
	else if (frame->id[0] == 'T' && frame->len > 1)
		tags_add(tags, frame->id, frame->data + 1, frame->len - 1, encoding_of(frame->data[0]));
}

/* is_frame_id says whether a frame begins here, and not the padding. */
static bool
is_frame_id(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(p[i] >= 'A' && p[i] <= 'Z') && !(p[i] >= '0' && p[i] <= '9'))
			return false;
	return true;
}

/* unwrap_frame takes off what the flags of a frame say that stands before it; false when it cannot be read. */
static bool
unwrap_frame(Id3Frame *frame, int version, uint8_t flags, uint8_t *data)
{
	size_t		skip = 0;

	if (version == 3)
	{
		if (flags & 0xC0)
			return false;
		skip = (flags & 0x20) != 0;
	}
	else if (version == 4)
	{
		if (flags & 0x0C)
			return false;
		skip = ((flags & 0x40) != 0) + (flags & 0x01 ? 4 : 0);
	}
	if (skip > frame->len)
		return false;
	frame->data = data + skip;
	frame->len -= skip;
	if (version == 4 && flags & 0x02)
		frame->len = undo_unsynchronisation(data + skip, frame->len);
	return true;
}

/* skip_extended_head says how long the extended head is. */
static size_t
skip_extended_head(int version, const uint8_t *bytes, size_t len)
{
	uint64_t	size;

	if (len < 4)
		return len;
	size = version == 4 ? synchsafe(bytes) : number_be(bytes, 4) + 4;
	return size < len ? size : len;
}

/* read_frames reads frame by frame until padding, or what is no frame. */
static void
read_frames(int version, uint8_t *bytes, size_t len, Tags *tags)
{
	size_t		id_len = version == 2 ? 3 : 4;
	size_t		head = version == 2 ? 6 : 10;

	for (size_t at = 0; at + head < len && is_frame_id(bytes + at, id_len);)
	{
		Id3Frame	frame = {.id = ""};
		const uint8_t *size = bytes + at + id_len;
		uint8_t		flags = version == 2 ? 0 : bytes[at + 9];
		uint64_t	frame_len = number_be(size, version == 2 ? 3 : 4);

		/* Some programs write plain sizes in version 2.4. */
		if (version == 4 && !(frame_len & 0x80808080))
			frame_len = synchsafe(size);
		memcpy(frame.id, bytes + at, id_len);
		if (frame_len > len - at - head)
			return;
		frame.len = frame_len;
		if (unwrap_frame(&frame, version, flags, bytes + at + head))
			take_frame(&frame, tags);
		at += head + frame_len;
	}
}

void
id3v2_read(const uint8_t *bytes, size_t len, Tags *tags)
{
	uint64_t	whole;
	uint8_t    *copy;
	size_t		n;
	size_t		at = 0;

	if (len < ID3V2_HEAD || (whole = id3v2_length(bytes)) == 0)
		return;
	n = (len < whole ? len : whole) - ID3V2_HEAD;
	if (n == 0 || (copy = malloc(n)) == NULL)
		return;
	memcpy(copy, bytes + ID3V2_HEAD, n);
	if (bytes[3] < 4 && bytes[5] & 0x80)
		n = undo_unsynchronisation(copy, n);
	if (bytes[3] > 2 && bytes[5] & 0x40)
		at = skip_extended_head(bytes[3], copy, n);
	/* In version 2.2 this flag says that all of it is compressed. */
	if (bytes[3] > 2 || !(bytes[5] & 0x40))
		read_frames(bytes[3], copy + at, n - at, tags);
	free(copy);
}

uint64_t
id3v2_take(const Source *source, uint64_t at, Tags *tags)
{
	uint8_t		head[ID3V2_HEAD];
	uint64_t	whole;
	uint8_t    *bytes;
	size_t		len;

	if (!source_read(source, at, head, sizeof(head)) || (whole = id3v2_length(head)) == 0)
		return at;
	bytes = source_load(source, at, whole, TAG_BLOCK_MAX + tags->cover_max, &len);
	if (bytes != NULL)
		id3v2_read(bytes, len, tags);
	free(bytes);
	return at + whole;
}

/* take_field_of_v1 adds a field of ID3v1, which a NUL ends early. */
static void
take_field_of_v1(Tags *tags, const char *name, const uint8_t *field, size_t size)
{
	tags_add(tags, name, field, strnlen((const char *) field, size), TEXT_UNSAID);
}

void
id3v1_take(const Source *source, Tags *tags)
{
	uint8_t		tag[ID3V1_SIZE];
	char		number[4] = "";
	const char *genre;

	if (source->size < sizeof(tag) || !source_read(source, source->size - sizeof(tag), tag, sizeof(tag))
		|| memcmp(tag, "TAG", 3) != 0)
		return;
	take_field_of_v1(tags, "ID3v1:title", tag + 3, 30);
	take_field_of_v1(tags, "ID3v1:artist", tag + 33, 30);
	take_field_of_v1(tags, "ID3v1:album", tag + 63, 30);
	take_field_of_v1(tags, "ID3v1:year", tag + 93, 4);
	take_field_of_v1(tags, "ID3v1:comment", tag + 97, tag[125] == 0 ? 28 : 30);
	if (tag[125] == 0 && tag[126] != 0)
	{
		for (int n = tag[126], i = n > 99 ? 2 : n > 9 ? 1 : 0; i >= 0; i--, n /= 10)
			number[i] = (char) ('0' + n % 10);
		tags_add(tags, "ID3v1:track", (const uint8_t *) number, strlen(number), TEXT_LATIN1);
	}
	if ((genre = genre_of_number(tag[127])) != NULL)
		tags_add(tags, "ID3v1:genre", (const uint8_t *) genre, strlen(genre), TEXT_LATIN1);
}
