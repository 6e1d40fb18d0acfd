/*
 * vorbis_comment.h
 *		Tags of FLAC and Ogg: comments of Vorbis, and FLAC's pictures. Pure, on bytes
 *		of a stranger.
 */
#ifndef VEZA_PROBE_VORBIS_COMMENT_H
#define VEZA_PROBE_VORBIS_COMMENT_H

#include "tags.h"

/* Reads a list of comments, pictures within them included; what is not whole is left out. */
extern void vorbis_comment_read(const uint8_t *bytes, size_t len, Tags *tags);

/* Reads a picture as a FLAC file has it. */
extern void flac_picture_read(const uint8_t *bytes, size_t len, Tags *tags);

#endif							/* VEZA_PROBE_VORBIS_COMMENT_H */
