/*
 * fingerprint.h
 *		How far two acoustic fingerprints are apart. Pure: no server header.
 *
 * A fingerprint is a number of 32 bits for each eighth of a second (chromaprint).
 * The same recording in another format, or with another beginning, differs in
 * few bits once the two are laid over each other.
 */
#ifndef VEZA_FINGERPRINT_H
#define VEZA_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

/* Fingerprints that are nearer than this are of one recording: measured 0.02 for lossy copies, 0.33 and more for others. */
#define VZ_FINGERPRINT_NEAR 0.15

/*
 * The share of bits that differ where the two overlap best, 0 to 1. Two that
 * are too short to be compared, or never overlap enough, are 1 apart.
 */
extern double vz_fingerprint_distance(const int32_t *a, size_t na, const int32_t *b, size_t nb);

#endif							/* VEZA_FINGERPRINT_H */
