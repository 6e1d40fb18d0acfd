/*
 * waveform_json.c
 *		Peaks as JSON (see waveform_json.h). Pure. Source: audiowaveform's
 *		description of its data formats.
 */
#include "waveform_json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../files/bytes.h"

#define VERSION		2
#define HEAD_SIZE	24

/* What stands at the beginning of the file. */
typedef struct WaveformHead
{
	uint32_t	version;
	uint32_t	flags;			/* 1: points of 8 bits */
	uint32_t	rate;			/* Hz */
	uint32_t	samples_per_pixel;
	uint32_t	length;			/* points */
	uint32_t	channels;
} WaveformHead;

/* read_waveform_head reads the head; false when what follows is not what it says. */
static bool
read_waveform_head(const unsigned char *bytes, size_t len, WaveformHead *head)
{
	if (len < HEAD_SIZE)
		return false;
	*head = (WaveformHead)
	{
		(uint32_t) little_endian(bytes, 4), (uint32_t) little_endian(bytes + 4, 4), (uint32_t) little_endian(bytes + 8, 4),
		(uint32_t) little_endian(bytes + 12, 4), (uint32_t) little_endian(bytes + 16, 4), (uint32_t) little_endian(bytes + 20, 4)
	};return head->version == VERSION && head->flags == 1 && head->channels == 1 && head->length == (len - HEAD_SIZE) / 2 &&
		(len - HEAD_SIZE) % 2 == 0;
}

char *
waveform_json(const void *bytes, size_t len, size_t *json_len)
{
	const signed char *points = (const signed char *) bytes + HEAD_SIZE;
	WaveformHead head;
	char	   *text;
	FILE	   *out;

	if (!read_waveform_head(bytes, len, &head))
		return NULL;
	if ((out = open_memstream(&text, json_len)) == NULL)
		abort();
	fprintf(out, "{\"version\":%d,\"channels\":1,\"sample_rate\":%u,\"samples_per_pixel\":%u,\"bits\":8,\"length\":%u,\"data\":[",
			VERSION, head.rate, head.samples_per_pixel, head.length);
	for (size_t i = 0; i < 2 * (size_t) head.length; i++)
		fprintf(out, "%s%d", i > 0 ? "," : "", points[i]);
	fputs("]}", out);
	if (fclose(out) != 0)
		abort();
	return text;
}
