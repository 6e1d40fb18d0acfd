/*
 * audio.c
 *		What kind of audio it is (see audio.h). Sources: RIFF WAVE and EBU Tech 3306
 *		(RF64), AIFF-C, RFC 9639 (FLAC), RFC 3533 (Ogg), RFC 7845 (Opus), ISO/IEC
 *		11172-3 (MP3), ISO/IEC 13818-7 (ADTS), ISO/IEC 14496-12 (MP4), ID3v2.4.
 */
#include "audio.h"

#include <string.h>

#include "bytes.h"

#define CHUNKS_MAX		256		/* of a container, before what has to be there */
#define TAGS_MAX		8		/* ID3v2 tags, one behind the other */
#define PADDING_MAX		65536	/* NULs between a tag and the first frame */
#define FRAMES_NEEDED	3		/* frames in a row are no accident; a file that ends behind two is short */
#define OGG_STREAMS_MAX 8

/* has_name says whether four bytes are this name. */
static bool
has_name(const unsigned char *p, const char *name)
{
	return memcmp(p, name, 4) == 0;
}

/* find_chunk walks over chunks of name, length and content, padded to two bytes, to the one of this name; 0: it is not there. */
static uint64_t
find_chunk(const FileContent *c, const char *name, bool is_big, uint64_t *size)
{
	uint64_t	at = 12;
	unsigned char head[8];

	for (int i = 0; i < CHUNKS_MAX && content_read(c, at, head, sizeof(head)); i++)
	{
		*size = is_big ? big_endian(head + 4, 4) : little_endian(head + 4, 4);
		if (has_name(head, name))
			return at + sizeof(head);
		/* Sound comes last, and in RF64 its length stands elsewhere. */
		if (has_name(head, "data"))
			return 0;
		at += sizeof(head) + *size + (*size & 1);
	}
	return 0;
}

/* is_wav says whether RIFF, or its form for more than 4 GiB, holds a format of sound. */
static bool
is_wav(const FileContent *c, const unsigned char *head)
{
	unsigned char format[16];
	uint64_t	size;
	uint64_t	at;

	if ((!has_name(head, "RIFF") && !has_name(head, "RF64") && !has_name(head, "BW64")) || !has_name(head + 8, "WAVE"))
		return false;
	at = find_chunk(c, "fmt ", false, &size);
	return at > 0 && size >= sizeof(format) && content_read(c, at, format, sizeof(format)) && little_endian(format, 2) != 0 &&
		little_endian(format + 2, 2) > 0 && little_endian(format + 4, 4) > 0;
}

/* is_aiff says whether FORM holds a common chunk of sound. */
static bool
is_aiff(const FileContent *c, const unsigned char *head)
{
	unsigned char common[18];
	uint64_t	size;
	uint64_t	at;

	if (!has_name(head, "FORM") || (!has_name(head + 8, "AIFF") && !has_name(head + 8, "AIFC")))
		return false;
	at = find_chunk(c, "COMM", true, &size);
	return at > 0 && size >= sizeof(common) && content_read(c, at, common, sizeof(common)) && big_endian(common, 2) > 0;
}

/* is_flac_at says whether fLaC and its stream's description stand there. */
static bool
is_flac_at(const FileContent *c, uint64_t at)
{
	unsigned char head[42];

	return content_read(c, at, head, sizeof(head)) && has_name(head, "fLaC") && (head[4] & 0x7F) == 0 && big_endian(head + 5,
		3) == 34 &&
		big_endian(head + 8, 2) >= 16 && big_endian(head + 18, 3) >> 4 > 0;
}

/* ogg_checksum computes the CRC of a page, whose own field counts as NULs. */
static uint32_t
ogg_checksum(const unsigned char *page, size_t len)
{
	uint32_t	crc = 0;

	for (size_t i = 0; i < len; i++)
	{
		crc ^= (uint32_t) (i >= 22 && i < 26 ? 0 : page[i]) << 24;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x80000000u ? crc << 1 ^ 0x04c11db7u : crc << 1;
	}
	return crc;
}

typedef enum OggStream
{
	OGG_NONE,					/* no first page of a stream, or a broken one */
	OGG_SOUND,
	OGG_TABLE,					/* Skeleton: describes the others */
	OGG_OTHER
} OggStream;

/* ogg_stream_at judges the first page of a stream, and moves behind it. */
static OggStream
ogg_stream_at(const FileContent *c, uint64_t *at)
{
	unsigned char page[27 + 255 + 255];
	size_t		nsegments;
	size_t		len = 0;
	const unsigned char *packet;

	if (!content_read(c, *at, page, 27) || memcmp(page, "OggS\0", 5) != 0 || (page[5] & 0x07) != 0x02)
		return OGG_NONE;
	nsegments = page[26];
	if (!content_read(c, *at + 27, page + 27, nsegments))
		return OGG_NONE;
	for (size_t i = 0; i < nsegments; i++)
		len += page[27 + i];
	packet = page + 27 + nsegments;
	if (len < 8 || len > 255 || !content_read(c, *at + 27 + nsegments, page + 27 + nsegments, len) ||
		ogg_checksum(page, 27 + nsegments + len) != little_endian(page + 22, 4))
		return OGG_NONE;
	*at += 27 + nsegments + len;
	if (memcmp(packet, "\x01vorbis", 7) == 0 || memcmp(packet, "OpusHead", 8) == 0 || memcmp(packet, "\x7F" "FLAC", 5) == 0)
		return OGG_SOUND;
	return memcmp(packet, "fishead", 7) == 0 ? OGG_TABLE : OGG_OTHER;
}

/* is_ogg_sound says whether the streams that begin the file are sound, and none is anything else. */
static bool
is_ogg_sound(const FileContent *c)
{
	uint64_t	at = 0;
	int			nsound = 0;

	for (int i = 0; i < OGG_STREAMS_MAX; i++)
	{
		OggStream	stream = ogg_stream_at(c, &at);

		if (stream == OGG_NONE)
			return nsound > 0;
		if (stream == OGG_OTHER)
			return false;
		nsound += stream == OGG_SOUND;
	}
	return false;
}

/* A box of an MP4 file: where its content is. */
typedef struct Box
{
	uint64_t	at;
	uint64_t	end;
	unsigned char name[4];
} Box;

/* next_box reads the box that begins at *at, and moves behind it; false when there is none before the end. */
static bool
next_box(const FileContent *c, uint64_t *at, uint64_t end, Box *box)
{
	unsigned char head[16];
	uint64_t	size;
	size_t		len = 8;

	if (*at > end || end - *at < 8 || !content_read(c, *at, head, 8))
		return false;
	size = big_endian(head, 4);
	if (size == 1)
	{
		if (!content_read(c, *at, head, 16))
			return false;
		size = big_endian(head + 8, 8);
		len = 16;
	}
	else if (size == 0)
		size = end - *at;
	if (size < len || size > end - *at)
		return false;
	memcpy(box->name, head + 4, 4);
	box->at = *at + len;
	box->end = *at += size;
	return true;
}

/* find_box finds the first box of this name among those from a place to an end. */
static bool
find_box(const FileContent *c, const char *name, uint64_t at, uint64_t end, Box *box)
{
	for (int i = 0; i < CHUNKS_MAX && next_box(c, &at, end, box); i++)
		if (has_name(box->name, name))
			return true;
	return false;
}

/* track_handler reads what a track of an MP4 file is, as in "soun" and "vide"; false when it does not say. */
static bool
track_handler(const FileContent *c, const Box *track, unsigned char name[4])
{
	Box			media;
	Box			handler;

	return find_box(c, "mdia", track->at, track->end, &media) && find_box(c, "hdlr", media.at, media.end, &handler) &&
		handler.end - handler.at >= 12 && content_read(c, handler.at + 8, name, 4);
}

/* is_sound_brand says whether the file says that it is made for sound; a picture in it then is its cover, or a chapter's. */
static bool
is_sound_brand(const unsigned char *brand)
{
	return has_name(brand, "M4A ") || has_name(brand, "M4B ") || has_name(brand, "F4A ") || has_name(brand, "F4B ");
}

/* is_mp4_sound says whether an MP4 file has a track of sound and none of moving pictures. */
static bool
is_mp4_sound(const FileContent *c, const unsigned char *head)
{
	uint64_t	at;
	int			nsound = 0;
	int			nvideo = 0;
	Box			movie;
	Box			box;

	if (!has_name(head + 4, "ftyp") || !find_box(c, "moov", 0, c->size, &movie))
		return false;
	at = movie.at;
	for (int i = 0; i < CHUNKS_MAX && next_box(c, &at, movie.end, &box); i++)
	{
		unsigned char handler[4];

		if (!has_name(box.name, "trak") || !track_handler(c, &box, handler))
			continue;
		nsound += has_name(handler, "soun");
		nvideo += has_name(handler, "vide");
	}
	return nsound > 0 && (nvideo == 0 || is_sound_brand(head + 8));
}

/* mp3_frame returns the length in bytes of the MP3 frame with this head; 0 when it is none. */
static uint32_t
mp3_frame(const unsigned char *h)
{
	static const uint16_t rates[2][16] = {
		{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},	/* MPEG 1, kbit/s */
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}	/* MPEG 2 and 2.5 */
	};
	static const uint16_t samples[4] = {44100, 48000, 32000, 0};
	int			version = h[1] >> 3 & 3;	/* 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5 */
	uint32_t	rate = rates[version != 3][h[2] >> 4] * 1000u;
	uint32_t	frequency = samples[h[2] >> 2 & 3] >> (version == 3 ? 0 : version == 2 ? 1 : 2);

	if (h[0] != 0xFF || (h[1] & 0xE0) != 0xE0 || version == 1 || (h[1] >> 1 & 3) != 1 || rate == 0 || frequency == 0)
		return 0;
	return (version == 3 ? 144 : 72) * rate / frequency + (h[2] >> 1 & 1);
}

/* adts_frame returns the length in bytes of the ADTS frame with this head; 0 when it is none. */
static uint32_t
adts_frame(const unsigned char *h)
{
	uint32_t	len = (uint32_t) (h[3] & 3) << 11 | (uint32_t) h[4] << 3 | h[5] >> 5;

	if (h[0] != 0xFF || (h[1] & 0xF6) != 0xF0 || (h[2] >> 2 & 0xF) > 12)
		return 0;
	return len >= ((h[1] & 1) != 0 ? 7 : 9) ? len : 0;
}

/* are_frames_at says whether frames stand there in a row that belong together, to the end if there are few. */
static bool
are_frames_at(const FileContent *c, uint64_t at, uint32_t (*frame) (const unsigned char *), unsigned char alike2)
{
	unsigned char first[7];
	unsigned char h[7];
	uint32_t	len;
	int			n = 0;

	if (!content_read(c, at, first, sizeof(first)))
		return false;
	for (; n < FRAMES_NEEDED && content_read(c, at, h, sizeof(h)); at += len, n++)
	{
		/* Version, layer and frequency are those of all frames. */
		if ((len = frame(h)) == 0 || (h[1] & 0xFE) != (first[1] & 0xFE) || (h[2] & alike2) != (first[2] & alike2))
			return n >= 2 && (memcmp(h, "TAG", 3) == 0 || memcmp(h, "APETAGE", 7) == 0);
	}
	return n >= 2 && (n == FRAMES_NEEDED || at <= c->size);
}

/* skip_tags moves behind ID3v2 tags and the NULs behind them. */
static uint64_t
skip_tags(const FileContent *c)
{
	unsigned char head[10];
	unsigned char some[512];
	uint64_t	at = 0;
	uint64_t	end;

	for (int i = 0; i < TAGS_MAX && content_read(c, at, head, sizeof(head)) && memcmp(head, "ID3", 3) == 0; i++)
	{
		if (head[3] == 0xFF || head[4] == 0xFF || ((head[6] | head[7] | head[8] | head[9]) & 0x80) != 0)
			break;
		at += sizeof(head) + ((uint64_t) head[6] << 21 | (uint64_t) head[7] << 14 | (uint64_t) head[8] << 7 | head[9]) +
			((head[5] & 0x10) != 0 ? 10 : 0);
	}
	for (end = at + PADDING_MAX; at > 0 && at < end;)
	{
		size_t		n = at < c->size ? c->read(c->state, at, some, sizeof(some)) : 0;
		size_t		i = 0;

		while (i < n && some[i] == 0)
			i++;
		at += i;
		if (i < n || n == 0)
			break;
	}
	return at;
}

const char *
audio_probe(const FileContent *content)
{
	unsigned char head[12];
	uint64_t	at;

	if (!content_read(content, 0, head, sizeof(head)))
		return NULL;
	if (is_wav(content, head))
		return "audio/wav";
	if (is_aiff(content, head))
		return "audio/aiff";
	if (has_name(head, "OggS"))
		return is_ogg_sound(content) ? "audio/ogg" : NULL;
	if (is_mp4_sound(content, head))
		return "audio/mp4";
	at = skip_tags(content);
	if (is_flac_at(content, at))
		return "audio/flac";
	if (are_frames_at(content, at, mp3_frame, 0x0C))
		return "audio/mpeg";
	return are_frames_at(content, at, adts_frame, 0xFC) ? "audio/aac" : NULL;
}
