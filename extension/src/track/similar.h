/*
 * similar.h
 *		How far two tracks are apart by their fingerprints.
 */
#ifndef VEZA_TRACK_SIMILAR_H
#define VEZA_TRACK_SIMILAR_H

#include "../core/ground/query.h"

/* The distance of the fingerprints in the columns wanted and fingerprint of a row, 0 to 1. */
extern double vz_similar_distance(const VzRow *row);

#endif							/* VEZA_TRACK_SIMILAR_H */
