/*
 * peaks.h
 *		The picture of a sound's wave: the lowest and the highest value of each
 *		stretch. Pure. Source: the data format of BBC audiowaveform, version 2.
 *
 * All channels are mixed into one. How long the sound is is not known before it
 * is over, so stretches begin short, and double whenever there are too many.
 */
#ifndef VEZA_PROBE_PEAKS_H
#define VEZA_PROBE_PEAKS_H

#include <stddef.h>
#include <stdint.h>

#define PEAKS_MAX		4096	/* points; a sound of at least 3 s at 44.1 kHz has 2048 to 4096 */
#define PEAKS_STRETCH	64		/* frames of the shortest stretch; longer ones are this times a power of two */
#define PEAKS_HEAD		24		/* bytes */
#define PEAKS_FILE_MAX	(PEAKS_HEAD + 2 * PEAKS_MAX)	/* bytes */

typedef struct Peaks
{
	uint32_t	rate;			/* Hz */
	uint32_t	stretch;		/* frames of a point */
	uint32_t	filled;			/* frames of the point that is being made */
	int16_t		low;
	int16_t		high;
	size_t		count;
	int16_t		points[PEAKS_MAX][2];	/* lowest and highest */
} Peaks;

/* Begins a picture. */
extern void peaks_begin(Peaks *peaks, uint32_t rate);

/* Adds frames of one channel, full scale being -1 to 1; what is beyond counts as full scale. */
extern void peaks_add(Peaks *peaks, const float *mono, size_t frames);

/* Writes the file, points of 8 bits; returns its size. A last point may stand for fewer frames. */
extern size_t peaks_finish(Peaks *peaks, uint8_t file[PEAKS_FILE_MAX]);

#endif							/* VEZA_PROBE_PEAKS_H */
