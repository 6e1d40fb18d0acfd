/*
 * document.c
 *		What is reported of an analysis (see document.h). Source: what veza-probe writes.
 */
#include "document.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX		2000	/* bytes of one text */
#define WORD_MAX		40
#define FINGERPRINT_MAX 4096
#define RAW_TAGS_MAX	64
#define NUMBER_MAX		INT64_C(1000000000000)

/* take_text copies a text that is not too long. */
static void
take_text(json_t *to, const json_t *from, const char *name)
{
	json_t	   *value = json_object_get(from, name);

	if (json_is_string(value) && json_string_length(value) > 0 && json_string_length(value) <= TEXT_MAX &&
		strlen(json_string_value(value)) == json_string_length(value))
		json_object_set(to, name, value);
}

/* take_whole copies a number without a fraction, from 0. */
static void
take_whole(json_t *to, const json_t *from, const char *name)
{
	json_t	   *value = json_object_get(from, name);

	if (json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= NUMBER_MAX)
		json_object_set(to, name, value);
}

/* take_measure copies a number under another name. */
static void
take_measure(json_t *to, const char *name, const json_t *from, const char *source)
{
	json_t	   *value = json_object_get(from, source);

	if (json_is_number(value) && isfinite(json_number_value(value)) && fabs(json_number_value(value)) < 1000)
		json_object_set(to, name, value);
}

/* take_hash copies 64 hexadecimal digits. */
static void
take_hash(json_t *to, const json_t *from, const char *name)
{
	const char *text = json_string_value(json_object_get(from, name));

	if (text != NULL && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64)
		json_object_set(to, name, json_object_get(from, name));
}

/* take_fingerprint copies a list of whole numbers of 32 bits, all of them or none. */
static void
take_fingerprint(json_t *to, const json_t *from)
{
	json_t	   *list = json_object_get(from, "fingerprint");
	bool		ok = json_is_array(list) && json_array_size(list) > 0 && json_array_size(list) <= FINGERPRINT_MAX;

	for (size_t i = 0; ok && i < json_array_size(list); i++)
	{
		const json_t *item = json_array_get(list, i);

		ok = json_is_integer(item) && json_integer_value(item) >= INT32_MIN && json_integer_value(item) <= INT32_MAX;
	}
	if (ok)
		json_object_set(to, "fingerprint", list);
}

/* take_loudness copies what was measured. */
static void
take_loudness(json_t *to, const json_t *from)
{
	json_t	   *loudness = json_object();

	take_measure(loudness, "integrated", from, "loudness_lufs");
	take_measure(loudness, "range", from, "loudness_range_lu");
	take_measure(loudness, "true_peak", from, "true_peak_dbtp");
	json_object_set_new(to, "loudness", loudness);
}

/* take_tags copies what the tags mean; numbers become texts. */
static void
take_tags(json_t *to, const json_t *from)
{
	static const char *const texts[] = {"title", "artist", "album", "genre", "comment", "isrc"};
	static const char *const numbers[] = {"year", "track", "bpm"};
	const json_t *tags = json_object_get(from, "tags");
	json_t	   *taken = json_object();
	char		number[32];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		take_text(taken, tags, texts[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
	{
		const json_t *value = json_object_get(tags, numbers[i]);

		if (!json_is_number(value) || !(json_number_value(value) > 0) || json_number_value(value) >= 100000)
			continue;
		snprintf(number, sizeof(number), "%.10g", json_number_value(value));
		json_object_set_new(taken, numbers[i], json_string(number));
	}
	json_object_set_new(to, "tags", taken);
}

/* take_raw_tags copies pairs of texts. */
static void
take_raw_tags(json_t *to, const json_t *from)
{
	json_t	   *taken = json_array();
	json_t	   *pair;
	size_t		i;

	json_array_foreach(json_object_get(from, "raw_tags"), i, pair)
	{
		const char *name = json_string_value(json_array_get(pair, 0));
		const char *value = json_string_value(json_array_get(pair, 1));

		if (name != NULL && value != NULL && strlen(name) <= TEXT_MAX && strlen(value) <= TEXT_MAX &&
			json_array_size(taken) < RAW_TAGS_MAX)
			json_array_append_new(taken, json_pack("[s, s]", name, value));
	}
	json_object_set_new(to, "raw_tags", taken);
}

/* add_file names a file that was made. */
static void
add_file(json_t *to, const char *name, const Derived *file)
{
	json_t	   *entry;

	if (file->size == 0)
		return;
	entry = json_pack("{s:s, s:I, s:s}", "hash", file->hash, "size", (json_int_t) file->size, "type", file->facts.type);
	for (size_t i = 0; i < FILE_NUMBERS_MAX && file->facts.numbers[i].name != NULL; i++)
	{
		/* image_width is the width of what is an image anyway. */
		const char *number = strrchr(file->facts.numbers[i].name, '_');

		json_object_set_new(entry, number ? number + 1 : file->facts.numbers[i].name, json_integer(file->facts.numbers[i].value));
	}
	json_object_set_new(to, name, entry);
}

/* is_word says whether a text is a code of ours. */
static bool
is_word(const char *text)
{
	return text != NULL && text[0] != '\0' && strlen(text) <= WORD_MAX &&
		strspn(text, "abcdefghijklmnopqrstuvwxyz_") == strlen(text);
}

json_t *
document_failure(const char *code, const char *detail, bool may_retry)
{
	json_t	   *document = json_pack("{s:b, s:s, s:b}", "ok", 0, "code", code, "retry", may_retry);

	if (detail != NULL && detail[0] != '\0')
		json_object_set_new(document, "detail", json_string(detail));
	return document;
}

/* read_success takes what was found in a file. */
static json_t *
read_success(const json_t *said, const DocumentFiles *files)
{
	static const char *const texts[] = {"container", "codec"};
	static const char *const numbers[] = {"duration_ms", "sample_rate", "channels", "bits"};
	json_t	   *document = json_pack("{s:b}", "ok", 1);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		take_text(document, said, texts[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		take_whole(document, said, numbers[i]);
	take_hash(document, said, "pcm_sha256");
	take_loudness(document, said);
	take_fingerprint(document, said);
	take_tags(document, said);
	take_raw_tags(document, said);
	add_file(document, "waveform", files->waveform);
	add_file(document, "waveform_json", files->waveform_json);
	add_file(document, "cover", files->cover);
	return document;
}

json_t *
document_read(const char *answer, size_t len, const DocumentFiles *files)
{
	json_t	   *said = json_loadb(answer, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *ok = json_object_get(said, "ok");
	const char *code = json_string_value(json_object_get(said, "code"));
	json_t	   *document = NULL;

	if (json_is_true(ok))
		document = read_success(said, files);
	else if (json_is_false(ok) && is_word(code))
	{
		document = document_failure(code, NULL, false);
		take_text(document, said, "detail");
	}
	json_decref(said);
	return document;
}
