/*
 * measure.h
 *		All that is measured of a sound, in one pass over its samples. For the only
 *		thread of veza-probe.
 */
#ifndef VEZA_PROBE_MEASURE_H
#define VEZA_PROBE_MEASURE_H

#include "decoder.h"
#include "fingerprint.h"
#include "peaks.h"

#define PCM_HASH_SIZE 32

typedef struct Sound
{
	uint64_t	frames;			/* decoded */
	uint32_t	rate;			/* Hz, of these frames */
	uint32_t	channels;
	uint8_t		pcm_hash[PCM_HASH_SIZE];	/* SHA-256 of the samples; docs/probe.md says how */
	double		loudness;		/* LUFS, integrated; not a number for silence and for less than 0.4 s */
	double		range;			/* LU; not a number for less than 3 s, or silence */
	double		true_peak;		/* dBTP; not a number for silence */
	const uint32_t *fingerprint;
	size_t		fingerprint_count;	/* 0: none */
	uint32_t	stretch;		/* frames of a point of the waveform */
	size_t		points;
	uint8_t		waveform[PEAKS_FILE_MAX];
	size_t		waveform_size;	/* bytes */
} Sound;

/* Measures what a decoder gives, of max_seconds at most; PROBE_OK, or why not. The sound points to memory that stays. */
extern ProbeCode measure_sound(Decoder *decoder, uint32_t max_seconds, Sound *sound);

#endif							/* VEZA_PROBE_MEASURE_H */
