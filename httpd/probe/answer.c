/*
 * answer.c
 *		What veza-probe answers (see answer.h). Its only thread.
 */
#include "answer.h"

#include <stdio.h>

const char *
answer_code(ProbeCode code)
{
	static const char *const texts[] = {
		"ok",
#define PROBE_TEXT(name, text) text,
		PROBE_REFUSALS(PROBE_TEXT)
#undef PROBE_TEXT
	};

	return texts[code];
}

/* duration_ms is how long frames last. */
static int64_t
duration_ms(uint64_t frames, uint32_t rate)
{
	return (int64_t) ((double) frames * 1000 / rate + 0.5);
}

void
answer_refusal(Json *json, ProbeCode code, const char *detail, const AudioHeader *header)
{
	json_put_open(json, NULL, '{');
	json_put_truth(json, "ok", false);
	json_put_text(json, "code", answer_code(code));
	json_put_text(json, "detail", detail);
	json_put_text(json, "container", header->container);
	json_put_text(json, "codec", header->codec);
	json_put_close(json, '}');
}

/* add_measures writes what was measured. */
static void
add_measures(Json *json, const Sound *sound)
{
	char		hash[2 * PCM_HASH_SIZE + 1];

	for (int i = 0; i < PCM_HASH_SIZE; i++)
		snprintf(hash + 2 * i, 3, "%02x", sound->pcm_hash[i]);
	json_put_text(json, "pcm_sha256", hash);
	json_put_number(json, "loudness_lufs", sound->loudness, 2);
	json_put_number(json, "loudness_range_lu", sound->range, 2);
	json_put_number(json, "true_peak_dbtp", sound->true_peak, 2);
	if (sound->fingerprint_count == 0)
		json_put_null(json, "fingerprint");
	else
	{
		json_put_open(json, "fingerprint", '[');
		for (size_t i = 0; i < sound->fingerprint_count; i++)
			json_put_whole(json, NULL, (int32_t) sound->fingerprint[i]);
		json_put_close(json, ']');
	}
	json_put_open(json, "waveform", '{');
	json_put_whole(json, "bytes", (int64_t) sound->waveform_size);
	json_put_whole(json, "points", (int64_t) sound->points);
	json_put_whole(json, "samples_per_point", sound->stretch);
	json_put_close(json, '}');
}

/* add_number_or_null writes a number, or null for 0. */
static void
add_number_or_null(Json *json, const char *name, double value, int places)
{
	if (value > 0)
		json_put_number(json, name, value, places);
	else
		json_put_null(json, name);
}

/* write_tags writes what we understand of the tags, and then all of them. */
static void
write_tags(Json *json, const Tags *tags)
{
	TagFields	fields;

	tags_understand(tags, &fields);
	json_put_open(json, "tags", '{');
	json_put_text(json, "title", fields.title);
	json_put_text(json, "artist", fields.artist);
	json_put_text(json, "album", fields.album);
	json_put_text(json, "genre", fields.genre);
	json_put_text(json, "comment", fields.comment);
	json_put_text(json, "isrc", fields.isrc[0] != '\0' ? fields.isrc : NULL);
	add_number_or_null(json, "year", fields.year, 0);
	add_number_or_null(json, "track", fields.track, 0);
	add_number_or_null(json, "bpm", fields.bpm, 2);
	json_put_close(json, '}');
	json_put_open(json, "raw_tags", '[');
	for (size_t i = 0; i < tags->count; i++)
	{
		json_put_open(json, NULL, '[');
		json_put_text(json, NULL, tags->tag[i].name);
		json_put_text(json, NULL, tags->tag[i].value);
		json_put_close(json, ']');
	}
	json_put_close(json, ']');
}

void
answer_sound(Json *json, const AudioHeader *header, const Sound *sound, const Tags *tags)
{
	json_put_open(json, NULL, '{');
	json_put_truth(json, "ok", true);
	json_put_text(json, "container", header->container);
	json_put_text(json, "codec", header->codec);
	json_put_truth(json, "lossless", header->is_lossless);
	json_put_whole(json, "duration_ms", duration_ms(sound->frames, sound->rate));
	json_put_whole(json, "frames", (int64_t) sound->frames);
	json_put_whole(json, "sample_rate", sound->rate);
	json_put_whole(json, "channels", sound->channels);
	add_number_or_null(json, "bits", header->bits, 0);
	add_measures(json, sound);
	if (tags->cover != NULL)
	{
		json_put_open(json, "cover", '{');
		json_put_text(json, "type", tags->cover_type);
		json_put_whole(json, "bytes", (int64_t) tags->cover_size);
		json_put_close(json, '}');
	}
	else
		json_put_null(json, "cover");
	write_tags(json, tags);
	json_put_close(json, '}');
}
