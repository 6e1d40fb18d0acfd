/*
 * resample.c
 *		One channel of sound at another rate (see resample.h). Pure.
 *
 * A low pass of windowed sinc, kept at so many positions between two samples:
 * J. O. Smith, Digital Audio Resampling. Length, cut-off and window are those
 * with which AcoustID's programs make fingerprints.
 */
#include "resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PHASES		256
#define TAPS		16			/* per sample of the lower rate */
#define CUTOFF		0.8
#define KAISER_BETA 9.0
#define CHUNK		4096		/* samples */

struct Resampler
{
	uint32_t	from,
				to;
	size_t		taps;
	float	   *filter;			/* PHASES rows of taps */
	float	   *input;			/* what is still needed, and a chunk behind it */
	size_t		filled;
	uint64_t	position;		/* of the next sample, within the input, in parts of "to" */
	float		output[CHUNK];
	size_t		waiting;
	ResampledTo give;
	void	   *state;
};

/* bessel is the modified Bessel function of the first kind, order zero. */
static double
bessel(double x)
{
	double		sum = 1;
	double		term = 1;

	for (int i = 1; i < 50; i++)
	{
		term *= (x / 2 / i) * (x / 2 / i);
		sum += term;
	}
	return sum;
}

/* make_filter fills a row for each position between two samples, each with the sum 1. */
static void
make_filter(Resampler *r, double factor)
{
	double		center = (double) (r->taps - 1) / 2;

	for (int phase = 0; phase < PHASES; phase++)
	{
		float	   *row = r->filter + (size_t) phase * r->taps;
		double		sum = 0;

		for (size_t i = 0; i < r->taps; i++)
		{
			double		x = (double) i - center - (double) phase / PHASES;
			double		angle = M_PI * x * factor;
			double		w = 2 * x / (double) r->taps;
			double		y = (fabs(angle) < 1e-9 ? 1 : sin(angle) / angle) * bessel(KAISER_BETA * sqrt(fmax(1 - w * w, 0)));

			row[i] = (float) y;
			sum += y;
		}
		for (size_t i = 0; i < r->taps; i++)
			row[i] = (float) (row[i] / sum);
	}
}

Resampler *
resample_begin(uint32_t from, uint32_t to, ResampledTo give, void *state)
{
	Resampler  *r = calloc(1, sizeof(Resampler));
	double		factor = fmin(1, (double) to / from * CUTOFF);

	if (r == NULL)
		return NULL;
	r->from = from;
	r->to = to;
	r->give = give;
	r->state = state;
	r->taps = (size_t) ceil(TAPS / factor);
	r->filter = malloc(PHASES * r->taps * sizeof(float));
	r->input = calloc(r->taps + CHUNK, sizeof(float));
	if (r->filter == NULL || r->input == NULL)
	{
		resample_end(r);
		return NULL;
	}
	make_filter(r, factor);
	/* Silence stands before the sound, so that its first sample is in the middle of the filter. */
	r->filled = (r->taps - 1) / 2;
	return r;
}

/* give_waiting gives what has come out. */
static void
give_waiting(Resampler *r)
{
	if (r->waiting > 0)
		r->give(r->state, r->output, r->waiting);
	r->waiting = 0;
}

/* filter_input makes all samples for which there is enough input, and keeps what is needed for the next one. */
static void
filter_input(Resampler *r)
{
	size_t		at;

	for (; (at = (size_t) (r->position / r->to)) + r->taps <= r->filled; r->position += r->from)
	{
		const float *row = r->filter + r->position % r->to * PHASES / r->to * r->taps;
		float		sum = 0;

		for (size_t i = 0; i < r->taps; i++)
			sum += r->input[at + i] * row[i];
		r->output[r->waiting++] = sum;
		if (r->waiting == CHUNK)
			give_waiting(r);
	}
	if (at > r->filled)
		at = r->filled;
	memmove(r->input, r->input + at, (r->filled - at) * sizeof(float));
	r->filled -= at;
	r->position -= (uint64_t) at * r->to;
}

void
resample_add(Resampler *r, const float *samples, size_t n)
{
	while (n > 0)
	{
		size_t		room = r->taps + CHUNK - r->filled;
		size_t		take = n < room ? n : room;

		memcpy(r->input + r->filled, samples, take * sizeof(float));
		r->filled += take;
		samples += take;
		n -= take;
		filter_input(r);
	}
	give_waiting(r);
}

void
resample_end(Resampler *r)
{
	if (r == NULL)
		return;
	free(r->filter);
	free(r->input);
	free(r);
}
