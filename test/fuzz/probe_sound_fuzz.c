/*
 * probe_sound_fuzz.c
 *		Any samples, in pieces of any size: the picture of the wave is the same as of all at
 *		once, and the fingerprint is within its bounds.
 */
#include <math.h>

#include "../../httpd/probe/fingerprint.h"
#include "../../httpd/probe/peaks.h"
#include "fuzz.h"

/* picture_of makes the picture of some rounds of samples, in pieces. */
static size_t
picture_of(const float *samples, size_t n, size_t rounds, size_t piece, uint8_t file[PEAKS_FILE_MAX])
{
	static Peaks peaks;

	peaks_begin(&peaks, 44100);
	for (size_t round = 0; round < rounds; round++)
		for (size_t at = 0; at < n; at += piece)
			peaks_add(&peaks, samples + at, n - at < piece ? n - at : piece);
	return peaks_finish(&peaks, file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static float samples[2048];
	static uint8_t whole[PEAKS_FILE_MAX],
				parts[PEAKS_FILE_MAX];
	size_t		rounds,
				n = 0;
	size_t		len,
				count;
	Fingerprint *fingerprint;

	if (size < 8)
		return 0;
	rounds = 1 + data[0];
	for (size_t at = 4; at + 4 <= size && n < 2048; at += 4)
	{
		float		sample;

		memcpy(&sample, data + at, sizeof(sample));
		if (isfinite(sample))
			samples[n++] = sample;
	}
	len = picture_of(samples, n, rounds, 2048, whole);
	promise(len == picture_of(samples, n, rounds, 1 + data[1], parts) && memcmp(whole, parts, len) == 0);
	promise(len <= PEAKS_FILE_MAX);
	for (size_t i = PEAKS_HEAD; i < len; i += 2)
		promise((int8_t) whole[i] <= (int8_t) whole[i + 1]);
	fingerprint = fingerprint_begin(4000 + 100u * data[2]);
	promise(fingerprint != NULL);
	for (size_t round = 0; round < rounds && round < 16; round++)
		fingerprint_add(fingerprint, samples, n);
	fingerprint_numbers(fingerprint, &count);
	promise(count <= FINGERPRINT_MAX);
	fingerprint_end(fingerprint);
	return 0;
}
