/*
 * aiff.h
 *		What an AIFF file says of itself. Pure, on bytes of a stranger.
 */
#ifndef VEZA_PROBE_AIFF_H
#define VEZA_PROBE_AIFF_H

#include "header.h"
#include "source.h"
#include "tags.h"

/* Reads the chunks of a file that begins with FORM, and AIFF or AIFC. */
extern void aiff_read(const Source *source, AudioHeader *header, Tags *tags);

#endif							/* VEZA_PROBE_AIFF_H */
