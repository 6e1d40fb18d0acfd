/*
 * mp4.h
 *		What an M4A file says of itself. Pure, on bytes of a stranger.
 */
#ifndef VEZA_PROBE_MP4_H
#define VEZA_PROBE_MP4_H

#include "header.h"
#include "source.h"
#include "tags.h"

/* Reads the boxes of a file that begins with ftyp. */
extern void mp4_read(const Source *source, AudioHeader *header, Tags *tags);

#endif							/* VEZA_PROBE_MP4_H */
