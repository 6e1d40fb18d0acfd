/*
 * decode_file.c
 *		Decoding by libsndfile, in this process (see decoder.h). Its only thread.
 */
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"

/*
 * A tag of nothing but padding. Of MP3 without a tag, libsndfile would first look whether it has a resource
 * fork of a Macintosh, which is a file, and opening files is what one is killed for here. Behind a tag
 * that is shorter than 12 bytes it loses its place.
 */
static const char empty_tag[128] = "ID3\4\0\0\0\0\0\x76";

/*
 * Where libsndfile stands in the file. It sees nothing of what stands before the container, which it might
 * take for something else, but for MP3 an empty tag.
 */
typedef struct Cursor
{
	const Source *source;
	sf_count_t	tag_size;		/* 0: no tag */
	sf_count_t	size;			/* all that it sees */
	sf_count_t	at;				/* within that */
} Cursor;

/* tell_size is a call of libsndfile's: how long the file is. */
static sf_count_t
tell_size(void *state)
{
	return ((Cursor *) state)->size;
}

/* seek_cursor is a call of libsndfile's: go there. */
static sf_count_t
seek_cursor(sf_count_t offset, int whence, void *state)
{
	Cursor	   *cursor = state;
	sf_count_t	base = whence == SEEK_CUR ? cursor->at : whence == SEEK_END ? cursor->size : 0;

	if ((offset > 0 && base > INT64_MAX - offset) || base + offset < 0)
		return -1;
	return cursor->at = base + offset;
}

/* read_source is a call of libsndfile's: read on, as far as there is something. */
static sf_count_t
read_source(void *into, sf_count_t n, void *state)
{
	Cursor	   *cursor = state;
	sf_count_t	of_tag = cursor->at < cursor->tag_size ? cursor->tag_size - cursor->at : 0;

	if (n <= 0 || cursor->at >= cursor->size)
		return 0;
	if (n > cursor->size - cursor->at)
		n = cursor->size - cursor->at;
	if (of_tag > n)
		of_tag = n;
	memcpy(into, empty_tag + (of_tag > 0 ? cursor->at : 0), (size_t) of_tag);
	/* Counted from the end, both are at the same place. */
	if (of_tag < n && !source_read(cursor->source, cursor->source->size - (uint64_t) (cursor->size - cursor->at - of_tag),
								   (char *) into + of_tag, (size_t) (n - of_tag)))
		return 0;
	cursor->at += n;
	return n;
}

/* write_cursor is a call of libsndfile's that is never answered. */
static sf_count_t
write_cursor(const void *bytes, sf_count_t n, void *state)
{
	(void) bytes;
	(void) n;
	(void) state;
	return 0;
}

/* tell_cursor is a call of libsndfile's: where are we? */
static sf_count_t
tell_cursor(void *state)
{
	return ((Cursor *) state)->at;
}

/* read_decoded fills a block. */
static size_t
read_decoded(Decoder *decoder, PcmBlock *block)
{
	SNDFILE    *file = decoder->state;
	sf_count_t	n = decoder->is_whole ? sf_readf_int(file, block->whole, BLOCK_FRAMES)
		: sf_readf_float(file, block->real, BLOCK_FRAMES);

	if (n < BLOCK_FRAMES && sf_error(file) != SF_ERR_NO_ERROR)
		decoder->has_failed = true;
	return n > 0 ? (size_t) n : 0;
}

ProbeCode
decoder_open_file(Decoder *decoder, const Source *source, const AudioHeader *header)
{
	static SF_VIRTUAL_IO calls = {tell_size, seek_cursor, read_source, write_cursor, tell_cursor};
	static Cursor cursor;
	SF_INFO		info = {0};
	SNDFILE    *file;

	cursor = (Cursor) {.source = source, .tag_size = strcmp(header->codec, "mp3") == 0 ? sizeof(empty_tag) : 0};
	cursor.size = cursor.tag_size + (sf_count_t) (source->size - header->begins_at);
	*decoder = (Decoder) {.read = read_decoded, .is_whole = header->is_lossless};
	if ((file = sf_open_virtual(&calls, SFM_READ, &info, &cursor)) == NULL)
		return PROBE_UNDECODABLE;
	decoder->state = file;
	decoder->rate = (uint32_t) info.samplerate;
	decoder->channels = (uint32_t) info.channels;
	if (info.channels < 1 || info.channels > CHANNELS_MAX || info.samplerate < RATE_MIN || info.samplerate > RATE_MAX)
		return PROBE_UNSUPPORTED;
	return PROBE_OK;
}
