/*
 * flac.h
 *		What a FLAC file says of itself. Pure, on bytes of a stranger.
 */
#ifndef VEZA_PROBE_FLAC_H
#define VEZA_PROBE_FLAC_H

#include "header.h"
#include "source.h"
#include "tags.h"

/* Reads the blocks behind the mark "fLaC" at an offset. */
extern void flac_read(const Source *source, uint64_t at, AudioHeader *header, Tags *tags);

#endif							/* VEZA_PROBE_FLAC_H */
