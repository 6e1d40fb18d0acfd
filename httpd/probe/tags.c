/*
 * tags.c
 *		Tags, collected within bounds, and what we understand of them (see tags.h). Pure.
 *
 * Names are compared without regard to case, because programs differ. In RIFF
 * INFO, ISRC means the source of the sound and is no code of a recording.
 */
#include "tags.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "genre.h"

typedef enum TagMeaning
{
	MEANS_TITLE,
	MEANS_ARTIST,
	MEANS_ALBUM,
	MEANS_GENRE,
	MEANS_COMMENT,
	MEANS_ISRC,
	MEANS_YEAR,
	MEANS_TRACK,
	MEANS_BPM,
	MEANINGS,
} TagMeaning;

/* Of several names of one meaning that a file has, the first in this list counts. */
static const struct
{
	const char *name;
	TagMeaning	meaning;
}			meanings[] = {
	{"TIT2", MEANS_TITLE}, {"TT2", MEANS_TITLE}, {"TITLE", MEANS_TITLE}, {"\xC2\xA9nam", MEANS_TITLE},
	{"INFO:INAM", MEANS_TITLE}, {"AIFF:NAME", MEANS_TITLE}, {"ID3v1:title", MEANS_TITLE},
	{"TPE1", MEANS_ARTIST}, {"TP1", MEANS_ARTIST}, {"ARTIST", MEANS_ARTIST}, {"\xC2\xA9" "ART", MEANS_ARTIST},
	{"INFO:IART", MEANS_ARTIST}, {"AIFF:AUTH", MEANS_ARTIST}, {"TPE2", MEANS_ARTIST}, {"TP2", MEANS_ARTIST},
	{"ALBUMARTIST", MEANS_ARTIST}, {"aART", MEANS_ARTIST}, {"ID3v1:artist", MEANS_ARTIST},
	{"TALB", MEANS_ALBUM}, {"TAL", MEANS_ALBUM}, {"ALBUM", MEANS_ALBUM}, {"\xC2\xA9" "alb", MEANS_ALBUM},
	{"INFO:IPRD", MEANS_ALBUM}, {"ID3v1:album", MEANS_ALBUM},
	{"TCON", MEANS_GENRE}, {"TCO", MEANS_GENRE}, {"GENRE", MEANS_GENRE}, {"\xC2\xA9gen", MEANS_GENRE}, {"gnre", MEANS_GENRE},
	{"INFO:IGNR", MEANS_GENRE}, {"ID3v1:genre", MEANS_GENRE},
	{"COMM", MEANS_COMMENT}, {"COM", MEANS_COMMENT}, {"COMMENT", MEANS_COMMENT}, {"DESCRIPTION", MEANS_COMMENT},
	{"\xC2\xA9" "cmt", MEANS_COMMENT}, {"INFO:ICMT", MEANS_COMMENT}, {"AIFF:ANNO", MEANS_COMMENT},
	{"TXXX:comment", MEANS_COMMENT}, {"ID3v1:comment", MEANS_COMMENT},
	{"TSRC", MEANS_ISRC}, {"TRC", MEANS_ISRC}, {"ISRC", MEANS_ISRC}, {"TXXX:ISRC", MEANS_ISRC},
	{"----:com.apple.iTunes:ISRC", MEANS_ISRC},
	{"TDRC", MEANS_YEAR}, {"TYER", MEANS_YEAR}, {"TYE", MEANS_YEAR}, {"TDRL", MEANS_YEAR}, {"TDOR", MEANS_YEAR},
	{"DATE", MEANS_YEAR},
	{"YEAR", MEANS_YEAR}, {"\xC2\xA9" "day", MEANS_YEAR}, {"INFO:ICRD", MEANS_YEAR}, {"ID3v1:year", MEANS_YEAR},
	{"TRCK", MEANS_TRACK}, {"TRK", MEANS_TRACK}, {"TRACKNUMBER", MEANS_TRACK}, {"TRACK", MEANS_TRACK}, {"trkn", MEANS_TRACK},
	{"INFO:ITRK", MEANS_TRACK}, {"INFO:IPRT", MEANS_TRACK}, {"ID3v1:track", MEANS_TRACK},
	{"TBPM", MEANS_BPM}, {"TBP", MEANS_BPM}, {"BPM", MEANS_BPM}, {"TEMPO", MEANS_BPM}, {"tmpo", MEANS_BPM},
};

void
tags_add(Tags *tags, const char *name, const uint8_t *value, size_t len, TextEncoding encoding)
{
	char		clean[TAG_VALUE_MAX + 1];
	char		clean_name[TAG_NAME_MAX + 1];
	Tag			tag;

	if (tags->count == TAGS_MAX || text_clean(value, len, encoding, clean, sizeof(clean)) == 0)
		return;
	if (text_clean((const uint8_t *) name, strlen(name), TEXT_UTF8, clean_name, sizeof(clean_name)) == 0)
		return;
	tag = (Tag) {.name = strdup(clean_name), .value = strdup(clean)};
	if (tag.name == NULL || tag.value == NULL)
	{
		free(tag.name);
		free(tag.value);
		return;
	}
	tags->tag[tags->count++] = tag;
}

void
tags_add_named(Tags *tags, const char *name, const char *part, const uint8_t *value, size_t len, TextEncoding encoding)
{
	char		both[2 * TAG_NAME_MAX + 2];
	size_t		n = strnlen(name, TAG_NAME_MAX);

	memcpy(both, name, n);
	both[n] = '\0';
	if (part[0] != '\0')
	{
		size_t		more = strnlen(part, TAG_NAME_MAX);

		both[n] = ':';
		memcpy(both + n + 1, part, more);
		both[n + 1 + more] = '\0';
	}
	tags_add(tags, both, value, len, encoding);
}

/* picture_type says what a picture is, by its first bytes; NULL when it is none of ours. */
static const char *
picture_type(const uint8_t *bytes, size_t len)
{
	if (len > 8 && memcmp(bytes, "\x89PNG\r\n\x1A\n", 8) == 0)
		return "image/png";
	return len > 8 && memcmp(bytes, "\xFF\xD8\xFF", 3) == 0 ? "image/jpeg" : NULL;
}

void
tags_add_picture(Tags *tags, bool is_front, const uint8_t *bytes, size_t len)
{
	const char *type = picture_type(bytes, len);
	uint8_t    *copy;

	if (type == NULL || len > tags->cover_max || (tags->cover != NULL && (tags->cover_is_front || !is_front)))
		return;
	if ((copy = malloc(len)) == NULL)
		return;
	memcpy(copy, bytes, len);
	free(tags->cover);
	tags->cover = copy;
	tags->cover_size = len;
	tags->cover_type = type;
	tags->cover_is_front = is_front;
}

/* leading_number reads the digits a text begins with, perhaps with a fraction; 0 when it is out of range. */
static double
leading_number(const char *text, double max)
{
	double		value = 0;
	double		place = 1;

	while (*text >= '0' && *text <= '9' && value <= max)
		value = value * 10 + (*text++ - '0');
	if (*text == '.' || *text == ',')
		for (text++; *text >= '0' && *text <= '9' && place > 0.001; text++)
			value += (*text - '0') * (place /= 10);
	return value >= 1 && value <= max ? value : 0;
}

/* read_isrc takes a code of two letters, three letters or digits and seven digits (ISO 3901), whose hyphens do not count. */
static void
read_isrc(const char *text, char isrc[13])
{
	char		code[13];
	size_t		n = 0;

	for (; *text != '\0' && *text != ';'; text++)
	{
		char		c = *text >= 'a' && *text <= 'z' ? (char) (*text - 'a' + 'A') : *text;
		bool		is_letter = c >= 'A' && c <= 'Z';
		bool		is_digit = c >= '0' && c <= '9';

		if (c == '-' || c == ' ')
			continue;
		if (n == 12 || !(n < 2 ? is_letter : n < 5 ? is_letter || is_digit : is_digit))
			return;
		code[n++] = c;
	}
	if (n != 12)
		return;
	code[n] = '\0';
	memcpy(isrc, code, sizeof(code));
}

/* take_field takes the value of one meaning. */
static void
take_field(TagFields *fields, TagMeaning meaning, const char *value)
{
	switch (meaning)
	{
		case MEANS_TITLE:
			fields->title = value;
			break;
		case MEANS_ARTIST:
			fields->artist = value;
			break;
		case MEANS_ALBUM:
			fields->album = value;
			break;
		case MEANS_GENRE:
			fields->genre = genre_of_text(value);
			break;
		case MEANS_COMMENT:
			fields->comment = value;
			break;
		case MEANS_ISRC:
			read_isrc(value, fields->isrc);
			break;
		case MEANS_YEAR:
			fields->year = (int) leading_number(value, 9999);
			break;
		case MEANS_TRACK:
			fields->track = (int) leading_number(value, 9999);
			break;
		case MEANS_BPM:
			fields->bpm = leading_number(value, 999);
			break;
		case MEANINGS:
			break;
	}
}

/* is_taken says whether a meaning has a value that could be read. */
static bool
is_taken(const TagFields *fields, TagMeaning meaning)
{
	switch (meaning)
	{
		case MEANS_TITLE:
			return fields->title != NULL;
		case MEANS_ARTIST:
			return fields->artist != NULL;
		case MEANS_ALBUM:
			return fields->album != NULL;
		case MEANS_GENRE:
			return fields->genre != NULL;
		case MEANS_COMMENT:
			return fields->comment != NULL;
		case MEANS_ISRC:
			return fields->isrc[0] != '\0';
		case MEANS_YEAR:
			return fields->year != 0;
		case MEANS_TRACK:
			return fields->track != 0;
		case MEANS_BPM:
			return fields->bpm > 0;
		case MEANINGS:
			break;
	}
	return true;
}

void
tags_understand(const Tags *tags, TagFields *fields)
{
	*fields = (TagFields) {0};
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		for (size_t t = 0; t < tags->count && !is_taken(fields, meanings[i].meaning); t++)
			if (strcasecmp(tags->tag[t].name, meanings[i].name) == 0)
				take_field(fields, meanings[i].meaning, tags->tag[t].value);
}

void
tags_free(Tags *tags)
{
	for (size_t i = 0; i < tags->count; i++)
	{
		free(tags->tag[i].name);
		free(tags->tag[i].value);
	}
	free(tags->cover);
	*tags = (Tags) {0};
}
