/*
 * header.h
 *		What the header of a file claims of its sound, before anything is decoded:
 *		a value that the readers of containers fill in. Pure.
 */
#ifndef VEZA_PROBE_HEADER_H
#define VEZA_PROBE_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "refusal.h"

#define CHANNELS_MAX	8
#define RATE_MIN		4000	/* Hz */
#define RATE_MAX		384000

typedef struct AudioHeader
{
	const char *container;		/* wav, aiff, flac, ogg, mp3, mp4, adts; static, NULL when it is none of them */
	const char *codec;			/* pcm, float, ulaw, alaw, flac, vorbis, opus, mp3, aac, alac; static */
	bool		is_lossless;	/* whole numbers of at most 32 bits */
	uint32_t	bits;			/* of a sample, as it is stored; 0 for what is not stored in samples */
	uint32_t	channels;		/* 0: not said */
	uint64_t	frames;			/* claimed; 0: not said */
	uint32_t	rate;			/* Hz, of the frames that are claimed */
	uint64_t	begins_at;		/* where the container begins, behind tags and what else stands before it */
	bool		is_cut;			/* the file ends within what its header says is there */
	ProbeCode	code;			/* PROBE_OK, or why this is nothing for the decoder */
	const char *detail;			/* and in words; static */
} AudioHeader;

/* Refuses a file. */
static inline void
header_refuse(AudioHeader *header, ProbeCode code, const char *detail)
{
	header->code = code;
	header->detail = detail;
}

#endif							/* VEZA_PROBE_HEADER_H */
