/*
 * fingerprint.h
 *		What a sound sounds like, as a row of numbers that stay nearly the same when it
 *		is encoded anew: Chromaprint's algorithm 2, as AcoustID has it. Pure.
 *
 * Two fingerprints are compared by the bits in which they differ, after one
 * has been moved against the other.
 */
#ifndef VEZA_PROBE_FINGERPRINT_H
#define VEZA_PROBE_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

#define FINGERPRINT_SECONDS 120 /* of the beginning; the rest is not listened to */
#define FINGERPRINT_MAX		1024	/* numbers; 120 s have 949 */

typedef struct Fingerprint Fingerprint;

/* Begins one of a sound of that rate, in Hz; NULL when there is no memory. */
extern Fingerprint *fingerprint_begin(uint32_t rate);

/* Adds frames of one channel, full scale being -1 to 1. */
extern void fingerprint_add(Fingerprint *fingerprint, const float *mono, size_t frames);

/* The numbers; none for less than about 3 s, and for silence. They are there until it ends. */
extern const uint32_t *fingerprint_numbers(const Fingerprint *fingerprint, size_t *count);

/* Frees it. */
extern void fingerprint_end(Fingerprint *fingerprint);

#endif							/* VEZA_PROBE_FINGERPRINT_H */
