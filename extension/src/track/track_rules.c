/*
 * track_rules.c
 *		What the fields of a track may be, and what counts as a play (see track_rules.h).
 */
#include "track_rules.h"

#include <string.h>
#include <strings.h>

#define PLAY_MIN_MS INT64_C(30000)
#define PLAY_WINDOW_MAX_MS INT64_C(3600000)

static const char *const licenses[] = {
	"All Rights Reserved", "Creative Commons BY", "Creative Commons BY-SA", "Creative Commons BY-NC", "Public Domain"
};

/* A list of ours: what anybody may write would stand in reports. */
static const char *const sources[] = {
	"list", "search", "track", "playlist", "album", "profile", "feed", "embed", "link", "radio", "queue", "library"
};

/* is_isrc_character says whether a character may stand at that place: two letters, three letters or digits, seven digits. */
static bool
is_isrc_character(char c, size_t at)
{
	bool		is_letter = c >= 'A' && c <= 'Z';
	bool		is_figure = c >= '0' && c <= '9';

	return at < 2 ? is_letter : at < 5 ? is_letter || is_figure : is_figure;
}

bool
vz_isrc_read(const char *text, char out[VZ_ISRC_LEN + 1])
{
	size_t		n = 0;

	text += strspn(text, " ");
	if (strncasecmp(text, "ISRC", 4) == 0 && strchr(" :-", text[4]) != NULL && text[4] != '\0')
		text += 4 + strspn(text + 4, " :-");
	for (; *text != '\0'; text++)
	{
		if (*text == '-' || *text == ' ')
			continue;
		if (n >= VZ_ISRC_LEN)
			return false;
		out[n++] = *text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text;
	}
	out[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (!is_isrc_character(out[i], i))
			return false;
	return n == VZ_ISRC_LEN;
}

bool
vz_musical_key_is_valid(const char *key)
{
	if (*key < 'A' || *key > 'G')
		return false;
	key++;
	if (*key == '#' || *key == 'b')
		key++;
	if (*key == 'm')
		key++;
	return *key == '\0';
}

const char *
vz_license_find(const char *name)
{
	for (size_t i = 0; i < sizeof(licenses) / sizeof(licenses[0]); i++)
		if (strcasecmp(name, licenses[i]) == 0)
			return licenses[i];
	return NULL;
}

const char *
vz_audio_format(const char *name)
{
	static const char *const formats[][2] = {
		{"mp3", "audio/mpeg"}, {"wav", "audio/wav"}, {"flac", "audio/flac"}, {"ogg", "audio/ogg"}, {"opus", "audio/ogg"},
		{"m4a", "audio/mp4"}, {"aac", "audio/aac"}, {"aiff", "audio/aiff"},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(name, formats[i][0]) == 0 || strcmp(name, formats[i][1]) == 0)
			return formats[i][1];
	return NULL;
}

bool
vz_track_visibility_is_valid(const char *word)
{
	return strcmp(word, "public") == 0 || strcmp(word, "unlisted") == 0 || strcmp(word, "private") == 0;
}

const char *
vz_tag_next(const char *list, const char **word, size_t *len)
{
	static const char around[] = " \t[]\"'#";
	size_t		whole = strcspn(list, ",");

	*word = list;
	*len = whole;
	while (*len > 0 && strchr(around, **word) != NULL)
	{
		(*word)++;
		(*len)--;
	}
	while (*len > 0 && strchr(around, (*word)[*len - 1]) != NULL)
		(*len)--;
	return list[whole] == ',' ? list + whole + 1 : NULL;
}

const char *
vz_play_source(const char *word)
{
	for (size_t i = 0; word != NULL && i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strcasecmp(word, sources[i]) == 0)
			return sources[i];
	return "other";
}

bool
vz_play_counts(int64_t listened_ms, int64_t duration_ms)
{
	int64_t		needed = duration_ms > 0 && duration_ms / 2 < PLAY_MIN_MS ? duration_ms / 2 : PLAY_MIN_MS;

	return listened_ms > 0 && listened_ms >= needed;
}

int64_t
vz_play_window_ms(int64_t duration_ms)
{
	return duration_ms < PLAY_MIN_MS ? PLAY_MIN_MS : duration_ms > PLAY_WINDOW_MAX_MS ? PLAY_WINDOW_MAX_MS : duration_ms;
}
