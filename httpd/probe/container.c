/*
 * container.c
 *		What a file is (see container.h). Pure.
 *
 * A file that is something else besides is refused: other programs would find
 * in it what no listener should be sent. Both formats that are looked for are
 * found by their readers wherever they lie: a ZIP archive (and what is made
 * of one) by its end, a PDF within its first 1024 bytes.
 */
#include "container.h"

#include <stdlib.h>
#include <string.h>

#include "aiff.h"
#include "flac.h"
#include "id3.h"
#include "mp4.h"
#include "mpeg.h"
#include "ogg.h"
#include "wave.h"

#define PDF_WITHIN	1024
#define ZIP_END		22			/* bytes of the record at the end, without its comment */
#define TAGS_IN_ROW	8			/* ID3v2 tags one behind the other */

/* is_zip says whether a record of a ZIP archive's end stands where such an archive ends. */
static bool
is_zip(const Source *source)
{
	uint64_t	from = source->size > ZIP_END + 0xFFFF ? source->size - ZIP_END - 0xFFFF : 0;
	size_t		len;
	uint8_t    *tail = source_load(source, from, ZIP_END + 0xFFFF, ZIP_END + 0xFFFF, &len);
	bool		is_found = false;

	for (size_t at = 0; tail != NULL && at + ZIP_END <= len && !is_found; at++)
		is_found = tail[at] == 'P' && memcmp(tail + at, "PK\5\6", 4) == 0 && number_le(tail + at + 20, 2) == len - at - ZIP_END;
	free(tail);
	return is_found;
}

/* is_pdf says whether a reader of PDF would take it. */
static bool
is_pdf(const Source *source)
{
	size_t		len;
	uint8_t    *head = source_load(source, 0, PDF_WITHIN, PDF_WITHIN, &len);
	bool		is_found = head != NULL && memmem(head, len, "%PDF-", 5) != NULL;

	free(head);
	return is_found;
}

/* read_behind_tags reads what stands behind ID3v2 tags: MP3, sometimes FLAC or ADTS. */
static void
read_behind_tags(const Source *source, AudioHeader *header, Tags *tags)
{
	uint8_t		head[12] = {0};
	uint64_t	at = 0;
	uint64_t	end;

	for (int i = 0; i < TAGS_IN_ROW && (end = id3v2_take(source, at, tags)) > at; i++)
		at = end;
	if (!source_read(source, at, head, 4))
	{
		header->container = at > 0 ? "mp3" : NULL;
		header_refuse(header, at > 0 ? PROBE_TRUNCATED : PROBE_UNSUPPORTED, "no sound behind the tag");
		return;
	}
	if (memcmp(head, "fLaC", 4) == 0)
		flac_read(source, at, header, tags);
	else if (adts_is_frame(head))
		adts_read(source, at, header);
	else if (at > 0 || mpeg_is_frame(head))
	{
		mpeg_read(source, at, header);
		id3v1_take(source, tags);
	}
	else
		header_refuse(header, PROBE_UNSUPPORTED, "this kind of file");
}

/* check_bounds refuses what no decoder of ours is asked to do. */
static void
check_bounds(AudioHeader *header)
{
	if (header->channels > CHANNELS_MAX)
		header_refuse(header, PROBE_UNSUPPORTED, "so many channels");
	else if (header->rate > RATE_MAX || (header->rate < RATE_MIN && strcmp(header->container, "mp4") != 0))
		header_refuse(header, PROBE_UNSUPPORTED, "this sample rate");
}

void
container_read(const Source *source, AudioHeader *header, Tags *tags)
{
	uint8_t		head[12] = {0};

	*header = (AudioHeader) {.code = PROBE_OK};
	if (source->size == 0)
	{
		header_refuse(header, PROBE_EMPTY, "the file has no bytes");
		return;
	}
	if (!source_read(source, 0, head, source->size < sizeof(head) ? source->size : sizeof(head)))
		header_refuse(header, PROBE_UNDECODABLE, "the file cannot be read");
	else if (is_zip(source))
		header_refuse(header, PROBE_POLYGLOT, "it is a ZIP archive, too");
	else if (is_pdf(source))
		header_refuse(header, PROBE_POLYGLOT, "it is a PDF, too");
	else if ((memcmp(head, "RIFF", 4) == 0 || memcmp(head, "RF64", 4) == 0) && memcmp(head + 8, "WAVE", 4) == 0)
		wave_read(source, header, tags);
	else if (memcmp(head, "FORM", 4) == 0 && (memcmp(head + 8, "AIFF", 4) == 0 || memcmp(head + 8, "AIFC", 4) == 0))
		aiff_read(source, header, tags);
	else if (memcmp(head, "OggS", 4) == 0)
		ogg_read(source, header, tags);
	else if (memcmp(head + 4, "ftyp", 4) == 0)
		mp4_read(source, header, tags);
	else
		read_behind_tags(source, header, tags);
	if (header->code == PROBE_OK)
		check_bounds(header);
}
