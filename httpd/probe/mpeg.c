/*
 * mpeg.c
 *		What an MP3 or an ADTS file says of itself (see mpeg.h). Pure. Source: ISO/IEC 11172-3
 *		2.4.1.3, 13818-3, 14496-3 1.A; the frames of Xing, LAME and Fraunhofer that say the length.
 */
#include "mpeg.h"

#include <stdlib.h>
#include <string.h>

#define SEARCH_MAX	(64 * 1024)	/* some programs leave zeros between a tag and the first frame */

typedef struct MpegFrame
{
	int			version;		/* 1, 2, or 3 for 2.5 */
	int			layer;
	uint32_t	rate;			/* Hz */
	uint32_t	channels;
	uint32_t	samples;		/* of a frame */
	uint32_t	size;			/* bytes; 0 in the free format */
} MpegFrame;

/* parse_frame reads the head of a frame; false when it is none. */
static bool
parse_frame(const uint8_t *p, MpegFrame *frame)
{
	static const uint16_t kbits[2][3][15] = {
		{{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
			{0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
		{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}},
		{{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
			{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}}
	};
	static const uint32_t rates[3] = {44100, 48000, 32000};
	static const int versions[4] = {3, 0, 2, 1};
	int			version = versions[p[1] >> 3 & 3];
	int			layer = 4 - (p[1] >> 1 & 3);
	int			bitrate = p[2] >> 4;
	uint32_t	kbit;

	if (p[0] != 0xFF || (p[1] & 0xE0) != 0xE0 || version == 0 || layer == 4 || bitrate == 15 || (p[2] >> 2 & 3) == 3)
		return false;
	kbit = kbits[version > 1][layer - 1][bitrate];
	frame->version = version;
	frame->layer = layer;
	frame->rate = rates[p[2] >> 2 & 3] >> (version - 1);
	frame->channels = p[3] >> 6 == 3 ? 1 : 2;
	frame->samples = layer == 1 ? 384 : layer == 3 && version > 1 ? 576 : 1152;
	frame->size = layer == 1 ? (12000 * kbit / frame->rate + (p[2] >> 1 & 1)) * 4
		: frame->samples / 8 * 1000 * kbit / frame->rate + (p[2] >> 1 & 1);
	if (kbit == 0)
		frame->size = 0;
	return true;
}

bool
mpeg_is_frame(const uint8_t head[4])
{
	MpegFrame	frame;

	return parse_frame(head, &frame);
}

/* follows says whether another frame of the same kind stands behind this one, or the file ends there. */
static bool
follows(const Source *source, uint64_t at, const MpegFrame *frame)
{
	uint8_t		next[4];
	MpegFrame	other;

	if (frame->size == 0 || !source_read(source, at + frame->size, next, sizeof(next)))
		return true;
	return parse_frame(next, &other) && other.version == frame->version && other.layer == frame->layer && other.rate == frame->rate;
}

/* find_frame finds the first frame at or behind an offset, after which another one stands. */
static bool
find_frame(const Source *source, uint64_t *at, MpegFrame *frame)
{
	size_t		len;
	uint8_t    *bytes = source_load(source, *at, SEARCH_MAX, SEARCH_MAX, &len);
	bool		is_found = false;

	for (size_t i = 0; bytes != NULL && i + 4 <= len && !is_found; i++)
	{
		if (!parse_frame(bytes + i, frame) || !follows(source, *at + i, frame))
			continue;
		*at += i;
		is_found = true;
	}
	free(bytes);
	return is_found;
}

/* take_length reads the length that an encoder has written into the first frame, which then has no sound. */
static void
take_length(const Source *source, uint64_t at, const MpegFrame *frame, AudioHeader *header)
{
	uint8_t		bytes[4 + 32 + 160];
	size_t		xing = 4 + (frame->version == 1 ? (frame->channels == 1 ? 17 : 32) : frame->channels == 1 ? 9 : 17);
	uint64_t	frames = 0;
	uint64_t	padding = 0;

	if (!source_read(source, at, bytes, sizeof(bytes)))
		return;
	if (memcmp(bytes + xing, "Xing", 4) == 0 || memcmp(bytes + xing, "Info", 4) == 0)
	{
		const uint8_t *p = bytes + xing;

		if (!(p[7] & 1))
			return;
		frames = number_be(p + 8, 4) * frame->samples;
		/* All four parts are there, so LAME's stands behind them. */
		if ((p[7] & 15) == 15 && (memcmp(p + 120, "LAME", 4) == 0 || memcmp(p + 120, "Lav", 3) == 0))
			padding = (number_be(p + 141, 3) >> 12) + (number_be(p + 141, 3) & 0xFFF);
	}
	else if (memcmp(bytes + 36, "VBRI", 4) == 0)
		frames = number_be(bytes + 50, 4) * frame->samples;
	header->frames = frames > padding ? frames - padding : 0;
}

void
mpeg_read(const Source *source, uint64_t at, AudioHeader *header)
{
	MpegFrame	frame;

	header->container = header->codec = "mp3";
	if (!find_frame(source, &at, &frame))
	{
		header_refuse(header, at + 4 >= source->size ? PROBE_TRUNCATED : PROBE_UNSUPPORTED, "no sound behind the tag");
		return;
	}
	if (frame.layer != 3)
	{
		header_refuse(header, PROBE_UNSUPPORTED, "MPEG audio of layer 1 or 2");
		return;
	}
	header->begins_at = at;
	header->rate = frame.rate;
	header->channels = frame.channels;
	take_length(source, at, &frame, header);
}

bool
adts_is_frame(const uint8_t head[4])
{
	return head[0] == 0xFF && (head[1] & 0xF6) == 0xF0 && (head[2] >> 2 & 15) < 13;
}

void
adts_read(const Source *source, uint64_t at, AudioHeader *header)
{
	static const uint32_t rates[13] = {96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350};
	uint8_t		head[4];

	header->container = "adts";
	header->codec = "aac";
	if (!source_read(source, at, head, sizeof(head)) || !adts_is_frame(head))
	{
		header_refuse(header, PROBE_UNDECODABLE, "the header is none");
		return;
	}
	header->rate = rates[head[2] >> 2 & 15];
	header->channels = (uint32_t) ((head[2] & 1) << 2 | head[3] >> 6);
	if (header->channels == 7)
		header->channels = 8;
}
