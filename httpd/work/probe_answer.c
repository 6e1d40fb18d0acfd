/*
 * probe_answer.c
 *		What veza-probe has answered (see probe_answer.h). Pure.
 *
 * The members are a table: name, type, bounds. A member that is missing, of another
 * type or out of its bounds makes the whole answer none, because veza-probe does
 * not write such ones; members that are not in the table are not looked at.
 */
#include "probe_answer.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FINGERPRINT_MAX 1024	/* numbers */
#define RAW_TAGS_MAX	64		/* pairs */
#define RAW_NAME_MAX	127		/* bytes */
#define TEXT_MAX		2048	/* bytes */
#define FRAMES_MAX		(384000.0 * 86400)
#define MS_MAX			86400000.0

#define WORD_OF(name, text) text " "

typedef enum MemberType
{
	MEMBER_WORD,				/* one of a list of words */
	MEMBER_TRUTH,
	MEMBER_WHOLE,
	MEMBER_NUMBER,
	MEMBER_TEXT,
	MEMBER_HASH,				/* SHA-256, 64 digits */
} MemberType;

typedef struct Member
{
	const char *name;
	MemberType	type;
	bool		may_be_null;
	double		least;			/* of a number; bytes of a text */
	double		most;
	const char *words;			/* each between two blanks */
} Member;

static const Member members[] = {
	{.name = "ok", .type = MEMBER_TRUTH},
	{"container", MEMBER_WORD, .words = " wav aiff flac ogg mp3 mp4 adts "},
	{"codec", MEMBER_WORD, .words = " pcm float ulaw alaw flac vorbis opus mp3 aac alac "},
	{.name = "lossless", .type = MEMBER_TRUTH},
	{"duration_ms", MEMBER_WHOLE, .least = 0, .most = MS_MAX},
	{"frames", MEMBER_WHOLE, .least = 1, .most = FRAMES_MAX},
	{"sample_rate", MEMBER_WHOLE, .least = 4000, .most = 384000},
	{"channels", MEMBER_WHOLE, .least = 1, .most = 8},
	{"bits", MEMBER_WHOLE, true, .least = 1, .most = 64},
	{.name = "pcm_sha256", .type = MEMBER_HASH},
	{"loudness_lufs", MEMBER_NUMBER, true, .least = -200, .most = 1000},
	{"loudness_range_lu", MEMBER_NUMBER, true, .least = 0, .most = 1000},
	{"true_peak_dbtp", MEMBER_NUMBER, true, .least = -1000, .most = 1000},
	{0}
};

static const Member refusal_members[] = {
	{.name = "ok", .type = MEMBER_TRUTH},
	{"code", MEMBER_WORD, .words = " " PROBE_REFUSALS(WORD_OF)},
	{"detail", MEMBER_TEXT, true, .most = 100},
	{0}
};

static const Member tag_members[] = {
	{"title", MEMBER_TEXT, true, .most = TEXT_MAX},
	{"artist", MEMBER_TEXT, true, .most = TEXT_MAX},
	{"album", MEMBER_TEXT, true, .most = TEXT_MAX},
	{"genre", MEMBER_TEXT, true, .most = TEXT_MAX},
	{"comment", MEMBER_TEXT, true, .most = TEXT_MAX},
	{"isrc", MEMBER_TEXT, true, .least = 12, .most = 12},
	{"year", MEMBER_WHOLE, true, .least = 1, .most = 9999},
	{"track", MEMBER_WHOLE, true, .least = 1, .most = 9999},
	{"bpm", MEMBER_NUMBER, true, .least = 1, .most = 999},
	{0}
};

static const Member waveform_members[] = {
	{"bytes", MEMBER_WHOLE, .least = 1, .most = PROBE_WAVEFORM_MAX},
	{"points", MEMBER_WHOLE, .least = 1, .most = PROBE_WAVEFORM_MAX / 2},
	{"samples_per_point", MEMBER_WHOLE, .least = 1, .most = INT32_MAX},
	{0}
};

static const Member cover_members[] = {
	{"type", MEMBER_WORD, .words = " image/png image/jpeg "},
	{"bytes", MEMBER_WHOLE, .least = 1, .most = INT32_MAX},
	{0}
};

/* is_word_of says whether a text is one of the words. */
static bool
is_word_of(const char *words, const char *text)
{
	size_t		len = strlen(text);

	for (const char *at = words; len > 0 && (at = strstr(at, text)) != NULL; at++)
		if (at[-1] == ' ' && at[len] == ' ')
			return strchr(text, ' ') == NULL;
	return false;
}

/* is_sha256 says whether a text is a hash. */
static bool
is_sha256(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* fits says whether a value is what the table says. */
static bool
fits(const Member *member, const json_t *value)
{
	double		number = json_number_value(value);

	if (json_is_null(value))
		return member->may_be_null;
	switch (member->type)
	{
		case MEMBER_WORD:
			return json_is_string(value) && is_word_of(member->words, json_string_value(value));
		case MEMBER_TRUTH:
			return json_is_boolean(value);
		case MEMBER_WHOLE:
			return json_is_integer(value) && number >= member->least && number <= member->most;
		case MEMBER_NUMBER:
			return json_is_number(value) && isfinite(number) && number >= member->least && number <= member->most;
		case MEMBER_TEXT:
			return json_is_string(value) && json_string_length(value) >= (size_t) member->least
				&& json_string_length(value) <= (size_t) member->most;
		case MEMBER_HASH:
			return json_is_string(value) && is_sha256(json_string_value(value));
	}
	return false;
}

/* take_members copies the members of a table into a new object; NULL when one does not fit. */
static json_t *
take_members(const Member *table, const json_t *from)
{
	json_t	   *taken = json_object();

	for (; table->name != NULL; table++)
	{
		json_t	   *value = json_object_get(from, table->name);

		if (value == NULL || !fits(table, value) || json_object_set(taken, table->name, value) != 0)
		{
			json_decref(taken);
			return NULL;
		}
	}
	return taken;
}

/* take_fingerprint copies a row of numbers of 32 bits, or null; NULL when it is neither. */
static json_t *
take_fingerprint(const json_t *from)
{
	size_t		count = json_array_size(from);
	json_t	   *taken;

	if (json_is_null(from))
		return json_null();
	if (count == 0 || count > FINGERPRINT_MAX || (taken = json_array()) == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
	{
		json_t	   *number = json_array_get(from, i);

		if (json_is_integer(number) && json_integer_value(number) >= INT32_MIN && json_integer_value(number) <= INT32_MAX
			&& json_array_append(taken, number) == 0)
			continue;
		json_decref(taken);
		return NULL;
	}
	return taken;
}

/* take_raw_tags copies pairs of texts; NULL when they are something else. */
static json_t *
take_raw_tags(const json_t *from)
{
	static const Member name = {"name", MEMBER_TEXT, .most = RAW_NAME_MAX};
	static const Member text = {"value", MEMBER_TEXT, .most = TEXT_MAX};
	json_t	   *taken;

	if (!json_is_array(from) || json_array_size(from) > RAW_TAGS_MAX || (taken = json_array()) == NULL)
		return NULL;
	for (size_t i = 0; i < json_array_size(from); i++)
	{
		json_t	   *pair = json_array_get(from, i);

		if (json_array_size(pair) == 2 && fits(&name, json_array_get(pair, 0)) && fits(&text, json_array_get(pair, 1))
			&& json_array_append(taken, pair) == 0)
			continue;
		json_decref(taken);
		return NULL;
	}
	return taken;
}

/* take_refusal reads why the file is no track. */
static bool
take_refusal(const json_t *root, ProbeAnswer *answer)
{
	json_t	   *document = take_members(refusal_members, root);
	const char *code = json_string_value(json_object_get(document, "code"));

	answer->document = document;
	for (int i = PROBE_OK + 1; code != NULL && i < PROBE_CODES; i++)
		if (strcmp(code, probe_answer_code((ProbeCode) i)) == 0)
			answer->code = (ProbeCode) i;
	return document != NULL;
}

/* take_part puts a part into the document, whose reference it takes; false when there is none. */
static bool
take_part(json_t *document, const char *name, json_t *part)
{
	return part != NULL && json_object_set_new(document, name, part) == 0;
}

/* take_sound_of reads what was found. */
static bool
take_sound_of(const json_t *root, ProbeAnswer *answer)
{
	const json_t *cover = json_object_get(root, "cover");
	json_t	   *document = take_members(members, root);

	answer->document = document;
	if (document == NULL
		|| !take_part(document, "waveform", take_members(waveform_members, json_object_get(root, "waveform")))
		|| !take_part(document, "cover", json_is_null(cover) ? json_null() : take_members(cover_members, cover))
		|| !take_part(document, "tags", take_members(tag_members, json_object_get(root, "tags")))
		|| !take_part(document, "raw_tags", take_raw_tags(json_object_get(root, "raw_tags")))
		|| !take_part(document, "fingerprint", take_fingerprint(json_object_get(root, "fingerprint"))))
		return false;
	answer->waveform_size = (uint32_t) json_integer_value(json_object_get(json_object_get(document, "waveform"), "bytes"));
	answer->cover_size = (uint32_t) json_integer_value(json_object_get(json_object_get(document, "cover"), "bytes"));
	if (answer->cover_size > 0)
		answer->cover_type = strcmp(json_string_value(json_object_get(cover, "type")), "image/png") == 0
			? "image/png" : "image/jpeg";
	return true;
}

bool
probe_answer_read(const char *bytes, size_t len, ProbeAnswer *answer)
{
	json_error_t error;
	json_t	   *root = len > PROBE_ANSWER_MAX ? NULL : json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
	const json_t *is_ok = json_object_get(root, "ok");
	bool		is_good;

	*answer = (ProbeAnswer) {.code = PROBE_OK};
	is_good = json_is_true(is_ok) ? take_sound_of(root, answer) : json_is_false(is_ok) && take_refusal(root, answer);
	json_decref(root);
	if (!is_good)
		probe_answer_free(answer);
	return is_good;
}

/* set_hash names a file that was made of a part of the answer. */
static bool
set_hash(json_t *document, const char *name, const char *hash)
{
	return json_object_set_new(document, name, hash != NULL ? json_string(hash) : json_null()) == 0;
}

char *
probe_answer_document(const ProbeAnswer *answer, const char *waveform_hash, const char *cover_hash)
{
	json_t	   *document = json_copy(answer->document);
	char	   *text = NULL;

	if (document != NULL && set_hash(document, "waveform_hash", waveform_hash) && set_hash(document, "cover_hash", cover_hash))
		text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(8));
	json_decref(document);
	return text;
}

const char *
probe_answer_code(ProbeCode code)
{
	static const char *const texts[PROBE_CODES] = {
		"ok",
#define PROBE_TEXT(name, text) text,
		PROBE_REFUSALS(PROBE_TEXT)
#undef PROBE_TEXT
	};

	return texts[code];
}

void
probe_answer_free(ProbeAnswer *answer)
{
	json_decref(answer->document);
	*answer = (ProbeAnswer) {.code = PROBE_OK};
}
