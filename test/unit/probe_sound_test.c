/*
 * probe_sound_test.c
 *		What is made of samples: the picture of the wave, another rate, the spectrum, the
 *		fingerprint. That it is Chromaprint's is for test/probe/10-formats.t.
 */
#include <math.h>
#include <stdlib.h>

#include "../../httpd/probe/fingerprint.h"
#include "../../httpd/probe/peaks.h"
#include "../../httpd/probe/resample.h"
#include "../../httpd/probe/spectrum.h"
#include "tap.h"

/* number_at reads four bytes of a waveform file. */
static uint32_t
number_at(const uint8_t *p)
{
	return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

/* test_peaks: every length has as many points as it should, in pieces of any size. */
static void
test_peaks(void)
{
	static Peaks peaks;
	static uint8_t file[PEAKS_FILE_MAX];
	static float sound[300];
	size_t		size;

	for (int i = 0; i < 300; i++)
		sound[i] = (float) (i - 150) / 100;
	peaks_begin(&peaks, 44100);
	peaks_add(&peaks, sound, 300);
	size = peaks_finish(&peaks, file);
	ok(size == PEAKS_HEAD + 10 && number_at(file) == 2 && number_at(file + 4) == 1 && number_at(file + 8) == 44100
	   && number_at(file + 12) == 64 && number_at(file + 16) == 5 && number_at(file + 20) == 1, "the head");
	ok((int8_t) file[24] == -128 && (int8_t) file[25] == -111 && (int8_t) file[30] == 53 && (int8_t) file[31] == 127,
	   "lowest and highest of a stretch; what is beyond full scale is full scale");
	ok((int8_t) file[32] == 127 && (int8_t) file[33] == 127, "a last stretch that is shorter");
	for (size_t frames = 0; frames < 64 * 4096 * 9; frames += 64 * 511 + 7)
	{
		peaks_begin(&peaks, 8000);
		for (size_t left = frames; left > 0;)
		{
			size_t		n = left < 300 ? left : 300;

			peaks_add(&peaks, sound, n);
			left -= n;
		}
		size = peaks_finish(&peaks, file);
		each(peaks.count == (frames + peaks.stretch - 1) / peaks.stretch && size == PEAKS_HEAD + 2 * peaks.count
			 && peaks.count <= PEAKS_MAX && (peaks.stretch == PEAKS_STRETCH || peaks.count > PEAKS_MAX / 2),
			 "%zu frames: %zu points of %u", frames, peaks.count, peaks.stretch);
	}
	all("as many points as stretches, half of the most at least");
}

/* What came out of the resampler. */
static float resampled[40000];
static size_t resampled_count;

/* keep_resampled keeps what comes out. */
static void
keep_resampled(void *state, const float *samples, size_t n)
{
	(void) state;
	memcpy(resampled + resampled_count, samples, n * sizeof(float));
	resampled_count += n;
}

/* test_resample: a tone stays where it is, at its height; what the lower rate has no room for goes. */
static void
test_resample(void)
{
	static const uint32_t rates[] = {8000, 11025, 22050, 44100, 48000, 96000, 384000};
	static float sound[384000];

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
	{
		Resampler  *r = resample_begin(rates[i], 11025, keep_resampled, NULL);
		double		worst = 0;
		/* The filter may delay by half a sample of the input. */
		double		allowed = 0.5 * 2 * M_PI * 440 / rates[i] / 2 + 0.005;

		for (uint32_t t = 0; t < rates[i]; t++)
			sound[t] = (float) (0.5 * sin(2 * M_PI * 440 * t / rates[i])
								+ (rates[i] > 40000 ? 0.5 * sin(2 * M_PI * 9000 * t / rates[i]) : 0));
		resampled_count = 0;
		for (uint32_t at = 0, n; at < rates[i]; at += n)
		{
			n = rates[i] - at < 1000 + i ? rates[i] - at : (uint32_t) (1000 + i);
			resample_add(r, sound + at, n);
		}
		resample_end(r);
		for (size_t t = 100; t < resampled_count - 100; t++)
		{
			double		wanted = 0.5 * sin(2 * M_PI * 440 * (double) t / 11025);

			if (fabs(wanted - resampled[t]) > worst)
				worst = fabs(wanted - resampled[t]);
		}
		each(worst < allowed && resampled_count > 10900 && resampled_count <= 11025, "%u Hz: off by %f, %zu samples",
			 rates[i], worst, resampled_count);
	}
	all("a tone at any rate");
}

/* test_spectrum: the same as the sum by which it is defined. */
static void
test_spectrum(void)
{
	static Spectrum s;
	static float frame[SPECTRUM_FRAME];
	static float power[SPECTRUM_BINS];

	srand(1);
	for (int i = 0; i < SPECTRUM_FRAME; i++)
		frame[i] = (float) rand() / (float) RAND_MAX - 0.5f;
	spectrum_begin(&s);
	spectrum_power(&s, frame, power);
	for (int k = 1; k < SPECTRUM_BINS; k += 41)
	{
		double		re = 0;
		double		im = 0;

		for (int i = 0; i < SPECTRUM_FRAME; i++)
		{
			re += frame[i] * s.window[i] * cos(2 * M_PI * k * i / SPECTRUM_FRAME);
			im -= frame[i] * s.window[i] * sin(2 * M_PI * k * i / SPECTRUM_FRAME);
		}
		each(fabs(re * re + im * im - power[k]) < 1e-3 * (1 + power[k]), "bin %d: %f, %f", k, power[k], re * re + im * im);
	}
	all("the power of each frequency");
}

/* fingerprint_of makes the fingerprint of seconds of chords, or of silence, in pieces of so many frames. */
static size_t
fingerprint_of(double seconds, double level, size_t piece, uint32_t numbers[FINGERPRINT_MAX])
{
	static float sound[44100 * 10];
	size_t		frames = (size_t) (seconds * 44100);
	size_t		count;
	Fingerprint *f = fingerprint_begin(44100);

	for (size_t t = 0; t < frames; t++)
		sound[t] = (float) (level * (sin(2 * M_PI * (220 + 20 * (double) (t / 22050)) * (double) t / 44100)
									 + sin(2 * M_PI * (331 + 33 * (double) (t / 30000)) * (double) t / 44100)));
	for (size_t at = 0; at < frames; at += piece)
		fingerprint_add(f, sound + at, frames - at < piece ? frames - at : piece);
	memcpy(numbers, fingerprint_numbers(f, &count), FINGERPRINT_MAX * sizeof(uint32_t));
	fingerprint_end(f);
	return count;
}

/* test_fingerprint: the same for the same sound, none for too little. */
static void
test_fingerprint(void)
{
	static uint32_t a[FINGERPRINT_MAX],
				b[FINGERPRINT_MAX];
	size_t		count = fingerprint_of(10, 0.4, 4096, a);
	int			bits = 0;
	Fingerprint *f = fingerprint_begin(8000);
	static const float piece[8000] = {0.5f};

	ok(count == 59 && fingerprint_of(10, 0.4, 777, b) == count && memcmp(a, b, count * sizeof(a[0])) == 0,
	   "the same in pieces of any size");
	fingerprint_of(10, 0.1, 4096, b);
	for (size_t i = 0; i < count; i++)
		bits += __builtin_popcount(a[i] ^ b[i]);
	ok(bits < 20, "nearly the same when it is less loud: %d bits", bits);
	is_number(fingerprint_of(2.5, 0.4, 4096, b), 0, "none for two and a half seconds");
	ok(fingerprint_of(3, 0.4, 4096, b) > 0, "one for three seconds");
	is_number(fingerprint_of(10, 0, 4096, b), 0, "none for silence");
	for (int second = 0; second < 2 * FINGERPRINT_SECONDS; second++)
		fingerprint_add(f, piece, 8000);
	fingerprint_numbers(f, &count);
	ok(count == 948 && count < FINGERPRINT_MAX, "no more than of its seconds");
	fingerprint_end(f);
}

int
main(void)
{
	test_peaks();
	test_resample();
	test_spectrum();
	test_fingerprint();
	return done_testing();
}
