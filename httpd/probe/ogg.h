/*
 * ogg.h
 *		What an Ogg file of Vorbis or Opus says of itself. Pure, on bytes of a stranger.
 */
#ifndef VEZA_PROBE_OGG_H
#define VEZA_PROBE_OGG_H

#include "header.h"
#include "source.h"
#include "tags.h"

/* Reads the first pages, and the last one. */
extern void ogg_read(const Source *source, AudioHeader *header, Tags *tags);

#endif							/* VEZA_PROBE_OGG_H */
