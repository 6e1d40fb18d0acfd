/*
 * spectrum.c
 *		The power of each frequency (see spectrum.h). Pure.
 *
 * The frame's even and odd samples are the real and imaginary parts of half as
 * many complex numbers, whose Fourier transform (radix 2, decimation in time) is
 * then taken apart: Press et al., Numerical Recipes 12.2 and 12.3.
 */
#include "spectrum.h"

#include <math.h>
#include <stddef.h>

#define HALF		SPECTRUM_BINS
#define HALF_BITS	11

void
spectrum_begin(Spectrum *s)
{
	for (int i = 0; i < SPECTRUM_FRAME; i++)
		s->window[i] = (float) (0.54 - 0.46 * cos(i * 2.0 * M_PI / (SPECTRUM_FRAME - 1)));
	for (int k = 0; k < SPECTRUM_BINS; k++)
	{
		s->turn_re[k] = (float) cos(2.0 * M_PI * k / SPECTRUM_FRAME);
		s->turn_im[k] = (float) -sin(2.0 * M_PI * k / SPECTRUM_FRAME);
	}
}

/* reversed_bits reverses the bits of an index. */
static int
reversed_bits(int i)
{
	int			reversed = 0;

	for (int bit = 0; bit < HALF_BITS; bit++)
		reversed |= (i >> bit & 1) << (HALF_BITS - 1 - bit);
	return reversed;
}

/* transform computes the Fourier transform of HALF complex numbers, which are in the order of reversed indexes. */
static void
transform(Spectrum *s)
{
	for (int len = 2; len <= HALF; len *= 2)
	{
		int			step = SPECTRUM_FRAME / len;

		for (int from = 0; from < HALF; from += len)
		{
			for (int k = 0; k < len / 2; k++)
			{
				int			a = from + k;
				int			b = a + len / 2;
				float		re = s->re[b] * s->turn_re[k * step] - s->im[b] * s->turn_im[k * step];
				float		im = s->re[b] * s->turn_im[k * step] + s->im[b] * s->turn_re[k * step];

				s->re[b] = s->re[a] - re;
				s->im[b] = s->im[a] - im;
				s->re[a] += re;
				s->im[a] += im;
			}
		}
	}
}

void
spectrum_power(Spectrum *s, const float frame[SPECTRUM_FRAME], float power[SPECTRUM_BINS])
{
	for (int i = 0; i < HALF; i++)
	{
		int			to = reversed_bits(i);

		s->re[to] = frame[2 * i] * s->window[2 * i];
		s->im[to] = frame[2 * i + 1] * s->window[2 * i + 1];
	}
	transform(s);
	power[0] = 0;
	for (int k = 1; k < HALF; k++)
	{
		float		even_re = (s->re[k] + s->re[HALF - k]) / 2;
		float		even_im = (s->im[k] - s->im[HALF - k]) / 2;
		float		odd_re = (s->im[k] + s->im[HALF - k]) / 2;
		float		odd_im = (s->re[HALF - k] - s->re[k]) / 2;
		float		re = even_re + odd_re * s->turn_re[k] - odd_im * s->turn_im[k];
		float		im = even_im + odd_re * s->turn_im[k] + odd_im * s->turn_re[k];

		power[k] = re * re + im * im;
	}
}
