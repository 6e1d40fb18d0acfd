/*
 * spectrum.h
 *		The power of each frequency in a frame of sound, for the fingerprint. Pure.
 */
#ifndef VEZA_PROBE_SPECTRUM_H
#define VEZA_PROBE_SPECTRUM_H

#define SPECTRUM_FRAME	4096	/* samples */
#define SPECTRUM_BINS	(SPECTRUM_FRAME / 2)

typedef struct Spectrum
{
	float		window[SPECTRUM_FRAME];
	float		turn_re[SPECTRUM_BINS]; /* exp(-2 pi i k / SPECTRUM_FRAME) */
	float		turn_im[SPECTRUM_BINS];
	float		re[SPECTRUM_BINS];
	float		im[SPECTRUM_BINS];
} Spectrum;

/* Makes its tables. */
extern void spectrum_begin(Spectrum *spectrum);

/* Computes the power of the bins 1 to SPECTRUM_BINS - 1 of a frame under a Hamming window; power[0] is 0. */
extern void spectrum_power(Spectrum *spectrum, const float frame[SPECTRUM_FRAME], float power[SPECTRUM_BINS]);

#endif							/* VEZA_PROBE_SPECTRUM_H */
