/*
 * mpeg.h
 *		What an MP3 or an ADTS file says of itself. Pure, on bytes of a stranger.
 */
#ifndef VEZA_PROBE_MPEG_H
#define VEZA_PROBE_MPEG_H

#include "header.h"
#include "source.h"
#include "tags.h"

/* Does a frame of MPEG audio, or of ADTS, begin with these four bytes? */
extern bool mpeg_is_frame(const uint8_t head[4]);
extern bool adts_is_frame(const uint8_t head[4]);

/* Reads the first frame of MPEG audio at or soon behind an offset, and what programs write into it. */
extern void mpeg_read(const Source *source, uint64_t at, AudioHeader *header);

/* Reads the first frame of ADTS at an offset. */
extern void adts_read(const Source *source, uint64_t at, AudioHeader *header);

#endif							/* VEZA_PROBE_MPEG_H */
