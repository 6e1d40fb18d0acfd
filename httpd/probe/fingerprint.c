/*
 * fingerprint.c
 *		What a sound sounds like (see fingerprint.h). Pure.
 *
 * The sound, at 11025 Hz, is cut into frames that overlap by two thirds. The power
 * of each is added up by note, twelve of an octave; the rows of twelve are smoothed
 * over five frames, normalised, and seen as a picture. For each place in it, sixteen
 * differences between areas are each put into one of four classes: 32 bits.
 *
 * Areas and thresholds were learnt, and are Chromaprint's (src/fingerprinter_configuration.cpp):
 * Copyright (C) 2010-2016 Lukas Lalinsky, distributed under the MIT license; its text is in
 * docs/probe.md.
 */
#include "fingerprint.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "resample.h"
#include "spectrum.h"

#define RATE		11025		/* Hz */
#define STEP		(SPECTRUM_FRAME / 3)	/* samples between two frames */
#define NOTES		12
#define LOWEST		28			/* Hz */
#define HIGHEST		3520
#define SMOOTHED	5			/* frames */
#define WIDEST		16			/* frames that an area spans */
#define SILENCE		0.01		/* rows with less are empty */

typedef struct Area
{
	int			kind;			/* which halves or thirds are compared, see below */
	int			note;			/* the first one */
	int			notes;
	int			frames;
	double		thresholds[3];
} Area;

static const Area areas[16] = {
	{0, 4, 3, 15, {1.98215, 2.35817, 2.63523}},
	{4, 4, 6, 15, {-1.03809, -0.651211, -0.282167}},
	{1, 0, 4, 16, {-0.298702, 0.119262, 0.558497}},
	{3, 8, 2, 12, {-0.105439, 0.0153946, 0.135898}},
	{3, 4, 4, 8, {-0.142891, 0.0258736, 0.200632}},
	{4, 0, 3, 5, {-0.826319, -0.590612, -0.368214}},
	{1, 2, 2, 9, {-0.557409, -0.233035, 0.0534525}},
	{2, 7, 3, 4, {-0.0646826, 0.00620476, 0.0784847}},
	{2, 6, 2, 16, {-0.192387, -0.029699, 0.215855}},
	{2, 1, 3, 2, {-0.0397818, -0.00568076, 0.0292026}},
	{5, 10, 1, 15, {-0.53823, -0.369934, -0.190235}},
	{3, 6, 2, 10, {-0.124877, 0.0296483, 0.139239}},
	{2, 1, 1, 14, {-0.101475, 0.0225617, 0.231971}},
	{3, 5, 6, 4, {-0.0799915, -0.00729616, 0.063262}},
	{1, 9, 2, 12, {-0.272556, 0.019424, 0.302559}},
	{3, 4, 2, 14, {-0.164292, -0.0321188, 0.0846339}},
};

struct Fingerprint
{
	Resampler  *resampler;
	uint64_t	wanted;			/* frames that are still listened to */
	Spectrum	spectrum;
	float		frame[SPECTRUM_FRAME];
	size_t		filled;
	int8_t		note_of[SPECTRUM_BINS]; /* -1: too low, or too high */
	double		rows[SMOOTHED][NOTES];	/* not yet smoothed */
	size_t		nrows;
	double		sums[WIDEST + 1][NOTES + 1];	/* of all above and before, in a ring; the row before the first is zero */
	size_t		nsums;
	bool		is_audible;
	uint32_t	numbers[FINGERPRINT_MAX];
	size_t		count;
};

/* listen_to prepares which bin belongs to which note. */
static void
listen_to(Fingerprint *f)
{
	int			first = (int) round((double) SPECTRUM_FRAME * LOWEST / RATE);
	int			end = (int) round((double) SPECTRUM_FRAME * HIGHEST / RATE);

	memset(f->note_of, -1, sizeof(f->note_of));
	for (int i = first; i < end; i++)
	{
		double		octave = log2((double) i * RATE / SPECTRUM_FRAME / (440.0 / 16.0));

		f->note_of[i] = (int8_t) (NOTES * (octave - floor(octave)));
	}
}

/* sum_of is the sum over some notes of some frames; frames are counted from the first of the window. */
static double
sum_of(const Fingerprint *f, int frame, int note, int frames, int notes)
{
	size_t		base = f->nsums - WIDEST + (size_t) frame;
	const double *before = f->sums[base % (WIDEST + 1)];
	const double *last = f->sums[(base + (size_t) frames) % (WIDEST + 1)];

	return last[note + notes] - last[note] - before[note + notes] + before[note];
}

/* compare_parts says by how much the first part of an area has more than the other one. */
static double
compare_parts(const Fingerprint *f, const Area *area)
{
	int			y = area->note;
	int			h = area->notes;
	int			w = area->frames;
	double		all = sum_of(f, 0, y, w, h);
	double		a = all;

	switch (area->kind)
	{
		case 0:					/* all of it, with nothing */
			return log1p(all);
		case 1:					/* the upper notes, with the lower ones */
			a = sum_of(f, 0, y + h / 2, w, h - h / 2);
			break;
		case 2:					/* later with earlier */
			a = sum_of(f, w / 2, y, w - w / 2, h);
			break;
		case 3:					/* earlier upper and later lower ones, with the others */
			a = sum_of(f, 0, y + h / 2, w / 2, h - h / 2) + sum_of(f, w / 2, y, w - w / 2, h / 2);
			break;
		case 4:					/* the notes in the middle, with those around them */
			a = sum_of(f, 0, y + h / 3, w, h / 3);
			break;
		case 5:					/* the time in the middle, with that around it */
			a = sum_of(f, w / 3, y, w / 3, h);
			break;
	}
	return log((1 + a) / (1 + all - a));
}

/* add_fingerprint_term puts what is seen at the present place into 32 bits. */
static void
add_fingerprint_term(Fingerprint *f)
{
	/* Neighbouring classes differ in one bit. */
	static const uint32_t codes[4] = {0, 1, 3, 2};
	uint32_t	number = 0;

	for (int i = 0; i < 16; i++)
	{
		double		value = compare_parts(f, &areas[i]);
		const double *t = areas[i].thresholds;

		number = number << 2 | codes[(value >= t[0]) + (value >= t[1]) + (value >= t[2])];
	}
	if (f->count < FINGERPRINT_MAX)
		f->numbers[f->count++] = number;
}

/* add_row takes a row that is smoothed and normalised into the picture. */
static void
add_row(Fingerprint *f, const double row[NOTES])
{
	const double *last = f->sums[f->nsums % (WIDEST + 1)];
	double	   *next = f->sums[(f->nsums + 1) % (WIDEST + 1)];
	double		sum = 0;

	next[0] = 0;
	for (int i = 0; i < NOTES; i++)
	{
		sum += row[i];
		next[i + 1] = last[i + 1] + sum;
	}
	f->nsums++;
	if (f->nsums >= WIDEST)
		add_fingerprint_term(f);
}

/* smooth_row makes a row of the last five. */
static void
smooth_row(Fingerprint *f)
{
	static const double weights[SMOOTHED] = {0.25, 0.75, 1.0, 0.75, 0.25};
	double		row[NOTES] = {0};
	double		norm = 0;

	for (int i = 0; i < NOTES; i++)
	{
		for (size_t j = 0; j < SMOOTHED; j++)
			row[i] += weights[j] * f->rows[(f->nrows + j) % SMOOTHED][i];
		norm += row[i] * row[i];
	}
	norm = sqrt(norm);
	f->is_audible |= norm >= SILENCE;
	for (int i = 0; i < NOTES; i++)
		row[i] = norm >= SILENCE ? row[i] / norm : 0;
	add_row(f, row);
}

/* hear_frame adds up a frame by note. */
static void
hear_frame(Fingerprint *f)
{
	float		power[SPECTRUM_BINS];
	double	   *row = f->rows[f->nrows % SMOOTHED];

	spectrum_power(&f->spectrum, f->frame, power);
	memset(row, 0, sizeof(f->rows[0]));
	for (int i = 0; i < SPECTRUM_BINS; i++)
		if (f->note_of[i] >= 0)
			row[f->note_of[i]] += power[i];
	f->nrows++;
	if (f->nrows >= SMOOTHED)
		smooth_row(f);
}

/* take_resampled takes sound at the rate that we listen at. */
static void
take_resampled(void *state, const float *samples, size_t n)
{
	Fingerprint *f = state;

	while (n > 0)
	{
		size_t		take = SPECTRUM_FRAME - f->filled < n ? SPECTRUM_FRAME - f->filled : n;

		memcpy(f->frame + f->filled, samples, take * sizeof(float));
		f->filled += take;
		samples += take;
		n -= take;
		if (f->filled < SPECTRUM_FRAME)
			break;
		hear_frame(f);
		memmove(f->frame, f->frame + STEP, (SPECTRUM_FRAME - STEP) * sizeof(float));
		f->filled -= STEP;
	}
}

Fingerprint *
fingerprint_begin(uint32_t rate)
{
	Fingerprint *f = calloc(1, sizeof(Fingerprint));

	if (f == NULL || (f->resampler = resample_begin(rate, RATE, take_resampled, f)) == NULL)
	{
		free(f);
		return NULL;
	}
	f->wanted = (uint64_t) rate * FINGERPRINT_SECONDS;
	spectrum_begin(&f->spectrum);
	listen_to(f);
	return f;
}

void
fingerprint_add(Fingerprint *f, const float *mono, size_t frames)
{
	if (frames > f->wanted)
		frames = f->wanted;
	f->wanted -= frames;
	if (frames > 0)
		resample_add(f->resampler, mono, frames);
}

const uint32_t *
fingerprint_numbers(const Fingerprint *f, size_t *count)
{
	*count = f->is_audible ? f->count : 0;
	return f->numbers;
}

void
fingerprint_end(Fingerprint *f)
{
	if (f != NULL)
		resample_end(f->resampler);
	free(f);
}
