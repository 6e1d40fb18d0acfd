/*
 * tagging.h
 *		What a file's tags say fills in what the owner of a track has not set.
 */
#ifndef VEZA_TRACK_TAGGING_H
#define VEZA_TRACK_TAGGING_H

#include "analysis.h"

/* Takes over what the tags say, where the owner has set nothing. */
extern void vz_track_apply_tags(const pg_uuid_t *track_id, const VzAnalysis *a);

#endif							/* VEZA_TRACK_TAGGING_H */
