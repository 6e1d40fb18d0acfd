/*
 * m3u8.c
 *		Playlists as M3U8 (see playlist_file.h): a line for each track, and before
 *		it what is known of it. Source: RFC 8216 4 for what a line may be; the names
 *		of artist and album are those that players have agreed on.
 *
 * Most of these files are made by hand or by old programs, so nothing in one is
 * an error: what is not understood is a comment.
 */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "file_text.h"
#include "reference.h"

#define SEPARATOR " - "

/* cut_line cuts the next line off the text, whatever ends it; NULL at the end. */
static char *
cut_line(char **text)
{
	char	   *line = *text;
	size_t		len = strcspn(line, "\r\n");

	if (*line == '\0')
		return NULL;
	*text = line + len;
	if (**text == '\r' && (*text)[1] == '\n')
		*(*text)++ = '\0';
	if (**text != '\0')
		*(*text)++ = '\0';
	return line;
}

/* directive returns what stands behind the name of a directive, if the line is one of that name; else NULL. */
static char *
directive(char *line, const char *name)
{
	size_t		len = strlen(name);

	return strncasecmp(line, name, len) == 0 && line[len] == ':' ? line + len + 1 : NULL;
}

/* split_words cuts "artist - title" in two; without an artist it is a title. */
static void
split_words(char *words, VzFileTrack *track)
{
	char	   *separator = words != NULL ? strstr(words, SEPARATOR) : NULL;

	track->title = words;
	if (separator == NULL)
		return;
	*separator = '\0';
	track->artist = vz_file_trim(words);
	track->title = vz_file_trim(separator + strlen(SEPARATOR));
}

/* read_info reads "seconds attributes,words"; commas in quotation marks are the attributes'. */
static void
read_info(char *info, VzFileTrack *track)
{
	char	   *p = info;
	bool		is_quoted = false;

	info += strspn(info, " \t");
	track->duration_ms = vz_file_duration(info, 1000);
	for (; *p != '\0' && (is_quoted || *p != ','); p++)
		is_quoted ^= *p == '"';
	track->title = *p == ',' ? vz_file_trim(p + 1) : NULL;
}

/* read_directive reads a line that begins with '#'. */
static void
read_directive(char *line, VzFileReading *reading, VzFileTrack *track)
{
	char	   *value;

	if ((value = directive(line, "#EXTINF")) != NULL)
		read_info(value, track);
	else if ((value = directive(line, "#EXTART")) != NULL)
		track->artist = vz_file_trim(value);
	else if ((value = directive(line, "#EXTALB")) != NULL)
		track->album = vz_file_trim(value);
	else if ((value = directive(line, "#PLAYLIST")) != NULL && reading->title == NULL)
		reading->title = vz_file_trim(value);
}

/* complete_words fills in artist and title from the one line in which they stand, or from the name of the file. */
static void
complete_words(VzFileTrack *track, char guess[VZ_FILE_NAME_SIZE])
{
	size_t		len = track->artist != NULL ? strlen(track->artist) : 0;

	if (track->title == NULL && track->artist == NULL)
		split_words(vz_file_name_words(track->location, guess), track);
	else if (track->artist == NULL)
		split_words((char *) track->title, track);
	/* Where the artist has a line of its own, the line of both begins with the same words. */
	else if (track->title != NULL && strncmp(track->title, track->artist, len) == 0 &&
			 strncmp(track->title + len, SEPARATOR, strlen(SEPARATOR)) == 0)
		track->title += len + strlen(SEPARATOR);
}

VzFileProblem
vz_m3u8_read(char *text, VzFileReading *reading)
{
	VzFileTrack track = {.duration_ms = -1};
	VzFileProblem problem = VZ_FILE_FINE;
	char		guess[VZ_FILE_NAME_SIZE];
	char	   *line;
	int			number = 0;

	text = (char *) vz_file_start(text);
	while (problem == VZ_FILE_FINE && (line = cut_line(&text)) != NULL)
	{
		number++;
		if ((line = vz_file_trim(line)) == NULL)
			continue;
		if (*line == '#')
		{
			read_directive(line, reading, &track);
			continue;
		}
		track.line = number;
		track.location = line;
		complete_words(&track, guess);
		problem = vz_file_visit(reading, &track);
		track = (VzFileTrack) {.duration_ms = -1};
	}
	return problem;
}

size_t
vz_m3u8_head(const char *title, char *out)
{
	char	   *p = stpcpy(out, "#EXTM3U\n#PLAYLIST:");

	p = vz_put_line(p, title);
	p = stpcpy(p, "\n");
	return (size_t) (p - out);
}

size_t
vz_m3u8_track(const VzFileTrack *track, int number, char *out)
{
	char	   *p = out;

	(void) number;
	/* Some readers take the line behind the duration for the location: whatever else is said stands before it. */
	if (track->artist != NULL && strstr(track->artist, SEPARATOR) != NULL)
		p = stpcpy(vz_put_line(stpcpy(p, "#EXTART:"), track->artist), "\n");
	if (track->album != NULL)
		p = stpcpy(vz_put_line(stpcpy(p, "#EXTALB:"), track->album), "\n");
	p = stpcpy(p, "#EXTINF:");
	p = vz_put_number(p, track->duration_ms < 0 ? -1 : (track->duration_ms + 500) / 1000);
	p = stpcpy(p, ",");
	if (track->artist != NULL)
		p = stpcpy(vz_put_line(p, track->artist), SEPARATOR);
	p = vz_put_line(p, track->title ? track->title : "");
	p = vz_put_line(stpcpy(p, "\n"), track->location);
	p = stpcpy(p, "\n");
	return (size_t) (p - out);
}

size_t
vz_m3u8_foot(char *out)
{
	*out = '\0';
	return 0;
}
