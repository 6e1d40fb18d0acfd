/*
 * file_text.c
 *		What the formats of playlists share (see file_text.h).
 */
#include "file_text.h"

#include <stdio.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
#define BLANKS " \t\r\n"
#define DURATION_MAX_MS INT64_C(2000000000)

/* The most that one byte becomes: a control character in JSON. */
#define GROWTH 6
#define FRAME 512				/* what stands around the texts */

const char *
vz_file_start(const char *text)
{
	return strncmp(text, BYTE_ORDER_MARK, 3) == 0 ? text + 3 : text;
}

char *
vz_file_trim(char *text)
{
	size_t		len;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	return len > 0 ? text : NULL;
}

int64_t
vz_file_duration(const char *text, int64_t unit_ms)
{
	int64_t		ms = 0;
	int64_t		digit_ms = unit_ms;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++)
	{
		ms = ms * 10 + (*p - '0') * unit_ms;
		if (ms > DURATION_MAX_MS)
			return -1;
	}
	if (p == text || *p == 'e' || *p == 'E')
		return -1;
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++)
			ms += (*p - '0') * (digit_ms /= 10);
	return ms;
}

VzFileProblem
vz_file_visit(VzFileReading *reading, const VzFileTrack *track)
{
	if (reading->ntracks == VZ_FILE_TRACKS_MAX)
	{
		reading->line = track->line;
		return VZ_FILE_TOO_LONG;
	}
	reading->ntracks++;
	reading->visit(track, reading->state);
	return VZ_FILE_FINE;
}

/* text_room is what a text becomes at most; NULL is nothing. */
static size_t
text_room(const char *text)
{
	return text != NULL ? GROWTH * strlen(text) : 0;
}

size_t
vz_file_title_room(const char *title)
{
	return FRAME + text_room(title);
}

size_t
vz_file_track_room(const VzFileTrack *track)
{
	/* The artist and the title stand in one line, each of which may be written twice. */
	size_t		room = FRAME + text_room(track->location) + text_room(track->title) + 2 * text_room(track->artist) +
		text_room(track->album);

	for (int i = 0; i < track->nidentifiers; i++)
		room += 64 + text_room(track->identifiers[i]);
	return room;
}

char *
vz_put_line(char *out, const char *text)
{
	for (; *text != '\0'; text++)
		*out++ = (unsigned char) *text < 0x20 ? ' ' : *text;
	*out = '\0';
	return out;
}

char *
vz_put_xml(char *out, const char *text)
{
	for (; *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;

		if (c == '&')
			out = stpcpy(out, "&amp;");
		else if (c == '<')
			out = stpcpy(out, "&lt;");
		else if (c == '>')
			out = stpcpy(out, "&gt;");
		/* U+FFFE and U+FFFF are no characters of XML, as most control characters are not. */
		else if (c < 0x20 || strncmp(text, "\xEF\xBF\xBE", 3) == 0 || strncmp(text, "\xEF\xBF\xBF", 3) == 0)
		{
			*out++ = ' ';
			text += c < 0x20 ? 0 : 2;
		}
		else
			*out++ = (char) c;
	}
	*out = '\0';
	return out;
}

char *
vz_put_json(char *out, const char *text)
{
	*out++ = '"';
	for (; *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;

		if (c < 0x20)
			out += snprintf(out, GROWTH + 1, "\\u%04x", c);
		else
		{
			if (c == '"' || c == '\\')
				*out++ = '\\';
			*out++ = (char) c;
		}
	}
	*out++ = '"';
	*out = '\0';
	return out;
}

char *
vz_put_number(char *out, int64_t n)
{
	return out + snprintf(out, 24, "%lld", (long long) n);
}
