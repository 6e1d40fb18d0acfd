/*
 * resample.h
 *		One channel of sound at another rate, for the fingerprint. Pure.
 */
#ifndef VEZA_PROBE_RESAMPLE_H
#define VEZA_PROBE_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Resampler Resampler;

/* What comes out goes here, in pieces. */
typedef void (*ResampledTo) (void *state, const float *samples, size_t n);

/* Makes one from a rate to another, in Hz; NULL when there is no memory. */
extern Resampler *resample_begin(uint32_t from, uint32_t to, ResampledTo give, void *state);

/* Takes samples, and gives those that come of them; the last ones of all are not given. */
extern void resample_add(Resampler *resampler, const float *samples, size_t n);

/* Frees it. */
extern void resample_end(Resampler *resampler);

#endif							/* VEZA_PROBE_RESAMPLE_H */
