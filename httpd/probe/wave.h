/*
 * wave.h
 *		What a WAV file says of itself. Pure, on bytes of a stranger.
 */
#ifndef VEZA_PROBE_WAVE_H
#define VEZA_PROBE_WAVE_H

#include "header.h"
#include "source.h"
#include "tags.h"

/* Reads the chunks of a file that begins with RIFF, or RF64, and WAVE. */
extern void wave_read(const Source *source, AudioHeader *header, Tags *tags);

#endif							/* VEZA_PROBE_WAVE_H */
