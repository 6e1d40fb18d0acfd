/*
 * decode_pipe.c
 *		Samples that ffmpeg, in a sandbox of its own, writes into a pipe (see decoder.h). The
 *		only thread of veza-probe. Source: Sun, the AU audio file format: a head of six
 *		numbers, then samples, all of them with the highest byte first.
 *
 * They come as numbers of 32 bits with a fraction, which hold whole numbers of up to
 * 24 bits exactly: so what was lossless has the same samples here as in a WAV file.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "decoder.h"

#define AU_HEAD		24			/* bytes */
#define AU_FLOAT	6			/* encoding */
#define AU_NOTE_MAX 4096		/* bytes of text between head and samples */

/* read_pipe reads n bytes, or those that come before the end. */
static size_t
read_pipe(int fd, void *into, size_t n)
{
	size_t		got = 0;

	while (got < n)
	{
		ssize_t		more = read(fd, (char *) into + got, n - got);

		if (more < 0 && errno == EINTR)
			continue;
		if (more <= 0)
			break;
		got += (size_t) more;
	}
	return got;
}

/* whole_of is the whole number that a sample stands for. */
static int32_t
whole_of(float sample)
{
	double		scaled = (double) sample * 2147483648.0;

	/* What is no number is nothing that a lossless codec has. */
	return scaled >= 2147483647.0 ? INT32_MAX : scaled >= -2147483648.0 ? (int32_t) llrint(scaled) : INT32_MIN;
}

/* read_samples fills a block. */
static size_t
read_samples(Decoder *decoder, PcmBlock *block)
{
	static uint8_t bytes[sizeof(PcmBlock)];
	size_t		frame = decoder->channels * sizeof(float);
	size_t		frames = read_pipe(decoder->fd, bytes, BLOCK_FRAMES * frame) / frame;

	for (size_t i = 0; i < frames * decoder->channels; i++)
	{
		uint32_t	bits = (uint32_t) number_be(bytes + 4 * i, 4);
		float		sample;

		memcpy(&sample, &bits, sizeof(sample));
		if (decoder->is_whole)
			block->whole[i] = whole_of(sample);
		else
			block->real[i] = sample;
	}
	return frames;
}

ProbeCode
decoder_open_pipe(Decoder *decoder, int fd, const AudioHeader *header)
{
	uint8_t		head[AU_HEAD];
	uint8_t		note[AU_NOTE_MAX];
	uint64_t	skip;

	*decoder = (Decoder) {.read = read_samples, .fd = fd, .is_whole = header->is_lossless};
	if (read_pipe(fd, head, AU_HEAD) != AU_HEAD || memcmp(head, ".snd", 4) != 0 || number_be(head + 12, 4) != AU_FLOAT)
		return PROBE_UNDECODABLE;
	skip = number_be(head + 4, 4);
	if (skip < AU_HEAD || skip - AU_HEAD > sizeof(note) || read_pipe(fd, note, skip - AU_HEAD) != skip - AU_HEAD)
		return PROBE_UNDECODABLE;
	decoder->rate = (uint32_t) number_be(head + 16, 4);
	decoder->channels = (uint32_t) number_be(head + 20, 4);
	if (decoder->channels < 1 || decoder->channels > CHANNELS_MAX || decoder->rate < RATE_MIN || decoder->rate > RATE_MAX)
		return PROBE_UNSUPPORTED;
	return PROBE_OK;
}
