/*
 * measure.c
 *		All that is measured of a sound (see measure.h). The only thread of veza-probe.
 *		Source: EBU R 128, EBU Tech 3342 and ITU-R BS.1770-4, by libebur128.
 */
#include "measure.h"

#include <ebur128.h>
#include <math.h>
#include <sodium.h>

#define SHORT_TERM_SECONDS 3	/* a loudness range needs them */

typedef struct Measure
{
	crypto_hash_sha256_state hash;
	ebur128_state *loudness;
	Fingerprint *fingerprint;
	Peaks		peaks;
	float		real[BLOCK_FRAMES * CHANNELS_MAX];
	float		mono[BLOCK_FRAMES];
} Measure;

/* begin_hash hashes what the samples are, so that those of one kind are never taken for another's. */
static void
begin_hash(crypto_hash_sha256_state *hash, const Decoder *decoder)
{
	static const char mark[] = "veza-pcm-1";
	uint8_t		kind[9] = {decoder->is_whole ? 'i' : 'f'};

	for (int i = 0; i < 4; i++)
	{
		kind[1 + i] = (uint8_t) (decoder->rate >> (8 * i));
		kind[5 + i] = (uint8_t) (decoder->channels >> (8 * i));
	}
	crypto_hash_sha256_init(hash);
	crypto_hash_sha256_update(hash, (const uint8_t *) mark, sizeof(mark) - 1);
	crypto_hash_sha256_update(hash, kind, sizeof(kind));
}

/* is_sound says whether all samples are numbers, and makes those that are zero the same zero. */
static bool
is_sound(float *samples, size_t n)
{
	bool		is_good = true;

	for (size_t i = 0; i < n; i++)
	{
		samples[i] += 0.0f;
		is_good &= isfinite(samples[i]) != 0;
	}
	return is_good;
}

/* mix_channels makes one channel of all. */
static void
mix_channels(const float *real, size_t frames, uint32_t channels, float *mono)
{
	for (size_t i = 0; i < frames; i++)
	{
		float		sum = 0;

		for (uint32_t c = 0; c < channels; c++)
			sum += real[i * channels + c];
		mono[i] = sum / (float) channels;
	}
}

/* add_block measures a block. */
static ProbeCode
add_block(Measure *m, const Decoder *decoder, PcmBlock *block, size_t frames)
{
	size_t		n = frames * decoder->channels;
	float	   *real = decoder->is_whole ? m->real : block->real;

	/* Both are hashed as they lie in memory, the lowest byte first. */
	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "samples are hashed with the lowest byte first");
	if (decoder->is_whole)
		for (size_t i = 0; i < n; i++)
			real[i] = (float) block->whole[i] * (1.0f / 2147483648.0f);
	else if (!is_sound(real, n))
		return PROBE_NOT_FINITE;
	crypto_hash_sha256_update(&m->hash, (const uint8_t *) block, n * sizeof(float));
	mix_channels(real, frames, decoder->channels, m->mono);
	peaks_add(&m->peaks, m->mono, frames);
	fingerprint_add(m->fingerprint, m->mono, frames);
	return ebur128_add_frames_float(m->loudness, real, frames) == EBUR128_SUCCESS ? PROBE_OK : PROBE_TOO_COMPLEX;
}

/* finish_loudness reads what libebur128 has found. */
static void
finish_loudness(ebur128_state *state, Sound *sound)
{
	double		peak = 0;

	sound->loudness = sound->range = sound->true_peak = NAN;
	if (ebur128_loudness_global(state, &sound->loudness) != EBUR128_SUCCESS || !isfinite(sound->loudness))
		sound->loudness = NAN;
	if (isnan(sound->loudness) || sound->frames < (uint64_t) sound->rate * SHORT_TERM_SECONDS
		|| ebur128_loudness_range(state, &sound->range) != EBUR128_SUCCESS)
		sound->range = NAN;
	for (uint32_t c = 0; c < sound->channels; c++)
	{
		double		of_channel;

		if (ebur128_true_peak(state, c, &of_channel) == EBUR128_SUCCESS && of_channel > peak)
			peak = of_channel;
	}
	if (peak > 0)
		sound->true_peak = 20 * log10(peak);
}

ProbeCode
measure_sound(Decoder *decoder, uint32_t max_seconds, Sound *sound)
{
	static Measure m;
	static PcmBlock block;
	uint64_t	max_frames = (uint64_t) max_seconds * decoder->rate;
	ProbeCode	code = PROBE_OK;
	size_t		n;

	*sound = (Sound) {.rate = decoder->rate, .channels = decoder->channels};
	m.loudness = ebur128_init(decoder->channels, decoder->rate, EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK);
	m.fingerprint = fingerprint_begin(decoder->rate);
	if (m.loudness == NULL || m.fingerprint == NULL)
		return PROBE_TOO_COMPLEX;
	begin_hash(&m.hash, decoder);
	peaks_begin(&m.peaks, decoder->rate);
	while (code == PROBE_OK && (n = decoder->read(decoder, &block)) > 0)
	{
		sound->frames += n;
		code = sound->frames > max_frames ? PROBE_TOO_LONG : add_block(&m, decoder, &block, n);
	}
	if (code != PROBE_OK)
		return code;
	finish_loudness(m.loudness, sound);
	crypto_hash_sha256_final(&m.hash, sound->pcm_hash);
	sound->fingerprint = fingerprint_numbers(m.fingerprint, &sound->fingerprint_count);
	sound->waveform_size = peaks_finish(&m.peaks, sound->waveform);
	sound->stretch = m.peaks.stretch;
	sound->points = m.peaks.count;
	return PROBE_OK;
}
