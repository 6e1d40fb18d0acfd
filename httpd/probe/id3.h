/*
 * id3.h
 *		ID3 tags: versions 2.2, 2.3 and 2.4, and 1. Pure, on bytes of a stranger.
 */
#ifndef VEZA_PROBE_ID3_H
#define VEZA_PROBE_ID3_H

#include "source.h"
#include "tags.h"

#define ID3V2_HEAD	10			/* bytes */
#define ID3V1_SIZE	128			/* bytes, at the end of a file */

/* How long the ID3v2 tag is that begins with these bytes, head and foot included; 0 when none begins there. */
extern uint64_t id3v2_length(const uint8_t head[ID3V2_HEAD]);

/* Reads a whole ID3v2 tag, or the beginning of one: frames that are not whole are left out. */
extern void id3v2_read(const uint8_t *bytes, size_t len, Tags *tags);

/* Reads the ID3v2 tag at an offset, if there is one; returns where it ends, or the offset. */
extern uint64_t id3v2_take(const Source *source, uint64_t at, Tags *tags);

/* Reads the ID3v1 tag at the end of a file, if there is one. */
extern void id3v1_take(const Source *source, Tags *tags);

#endif							/* VEZA_PROBE_ID3_H */
