/*
 * container.h
 *		What a file is, by its bytes alone. Pure, on bytes of a stranger.
 */
#ifndef VEZA_PROBE_CONTAINER_H
#define VEZA_PROBE_CONTAINER_H

#include "header.h"
#include "source.h"
#include "tags.h"

/*
 * Says what the file is and what it claims, and reads its tags. header->code is PROBE_OK when a decoder may
 * look at it. Reads what stands at the beginning, at the end, and in blocks of tags, never all of it.
 */
extern void container_read(const Source *source, AudioHeader *header, Tags *tags);

#endif							/* VEZA_PROBE_CONTAINER_H */
