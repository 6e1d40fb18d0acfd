/*
 * xspf.c
 *		Playlists as XSPF (see playlist_file.h). Source: XSPF version 1, XML 1.0.
 *
 * What is read is the part of XML that XSPF needs: elements, attributes that
 * nobody looks at, CDATA, comments, and the references that every document
 * has. A DOCTYPE is refused, so there are no entities to expand; what looks like
 * one of them stays as it is written. Nothing recurses.
 */
#include <stdbool.h>
#include <string.h>

#include "../core/ground/utf8.h"
#include "file_text.h"

#define DEPTH_MAX 64
#define BLANKS " \t\r\n"

/* Where elements that are read stand: playlist is 1, trackList 2, track 3. */
enum
{
	LEVEL_PLAYLIST = 1, LEVEL_LIST, LEVEL_TRACK, LEVEL_FIELD
};

typedef struct Xml
{
	VzFileReading *reading;
	char	   *p;
	int			line;
	const char *names[DEPTH_MAX];	/* of the elements around p */
	size_t		name_lens[DEPTH_MAX];
	int			depth;
	bool		has_root;
	bool		in_list;
	bool		in_track;
	VzFileTrack track;
	char	   *text;			/* of the element that is taken; NULL: none is */
	char	   *end;			/* where it goes on: never beyond p */
	int			text_depth;
} Xml;

/* advance goes on by so many bytes and counts lines; LF, CR LF and CR end one. */
static void
advance(Xml *x, size_t n)
{
	for (; n > 0; n--, x->p++)
		x->line += *x->p == '\n' || (*x->p == '\r' && x->p[1] != '\n');
}

/* skip_past goes behind the next place where the mark stands; false when it does not come. */
static bool
skip_past(Xml *x, const char *mark)
{
	char	   *found = strstr(x->p, mark);

	if (found == NULL)
		return false;
	advance(x, (size_t) (found - x->p) + strlen(mark));
	return true;
}

/* take_bytes adds bytes to the element that is taken. */
static void
take_bytes(Xml *x, const char *bytes, size_t n)
{
	if (x->text == NULL)
		return;
	memmove(x->end, bytes, n);
	x->end += n;
}

/* read_reference_number reads the number of a character reference, "&#...;"; 0 when it is none. */
static size_t
read_reference_number(const char *p, uint32_t *c)
{
	const char *digits = p[2] == 'x' ? "0123456789abcdefABCDEF" : "0123456789";
	const char *start = p + (p[2] == 'x' ? 3 : 2);
	size_t		n = strspn(start, digits);

	if (n == 0 || start[n] != ';')
		return 0;
	*c = 0;
	for (size_t i = 0; i < n; i++)
	{
		int			digit = start[i] <= '9' ? start[i] - '0' : (start[i] | 0x20) - 'a' + 10;

		*c = *c > 0x10FFFF ? *c : *c * (p[2] == 'x' ? 16 : 10) + (uint32_t) digit;
	}
	return (size_t) (start - p) + n + 1;
}

/* read_reference goes past a reference and takes what it stands for. */
static void
read_reference(Xml *x)
{
	static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
	static const char means[] = "&<>\"'";
	uint32_t	c;
	char		bytes[4];
	size_t		n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(x->p, names[i], strlen(names[i])) == 0)
		{
			advance(x, strlen(names[i]));
			take_bytes(x, &means[i], 1);
			return;
		}
	if (x->p[1] == '#' && (n = read_reference_number(x->p, &c)) > 0)
	{
		advance(x, n);
		take_bytes(x, bytes, (size_t) vz_utf8_put(c, bytes));
		return;
	}
	take_bytes(x, x->p, 1);
	advance(x, 1);
}

/* read_cdata goes past a section of characters that are taken as they are. */
static bool
read_cdata(Xml *x)
{
	char	   *end = strstr(x->p, "]]>");
	size_t		opening = strlen("<![CDATA[");

	if (end == NULL || x->depth == 0)
		return false;
	take_bytes(x, x->p + opening, (size_t) (end - x->p) - opening);
	return skip_past(x, "]]>");
}

/* is_element says whether the present element has this name, whatever its namespace is called. */
static bool
is_element(const Xml *x, const char *name)
{
	const char *own = x->names[x->depth - 1];
	size_t		len = x->name_lens[x->depth - 1];
	const char *colon = memchr(own, ':', len);

	if (colon != NULL)
	{
		len -= (size_t) (colon - own) + 1;
		own = colon + 1;
	}
	return len == strlen(name) && memcmp(own, name, len) == 0;
}

/* is_field says whether the present element holds something that we read. */
static bool
is_field(const Xml *x)
{
	static const char *const fields[] = {"location", "identifier", "title", "creator", "album", "duration"};

	if (x->depth == LEVEL_LIST)
		return is_element(x, "title");
	for (size_t i = 0; x->depth == LEVEL_FIELD && x->in_track && i < sizeof(fields) / sizeof(fields[0]); i++)
		if (is_element(x, fields[i]))
			return true;
	return false;
}

/* open_element notes that an element begins; its name stands at the text. */
static VzFileProblem
open_element(Xml *x, const char *name, size_t len, int line)
{
	if (x->depth == DEPTH_MAX || (x->depth == 0 && x->has_root))
		return VZ_FILE_MALFORMED;
	x->names[x->depth] = name;
	x->name_lens[x->depth] = len;
	x->depth++;
	x->has_root = true;
	if (x->depth == LEVEL_PLAYLIST && !is_element(x, "playlist"))
		return VZ_FILE_UNKNOWN;
	if (x->depth == LEVEL_LIST)
		x->in_list = is_element(x, "trackList");
	if (x->depth == LEVEL_TRACK && (x->in_track = x->in_list && is_element(x, "track")))
		x->track = (VzFileTrack) {.line = line, .duration_ms = -1};
	return VZ_FILE_FINE;
}

/* keep_first gives a field its value, unless an earlier element has. */
static void
keep_first(const char **field, const char *value)
{
	if (*field == NULL)
		*field = value;
}

/* take_said gives what the present element has said to the track, or to the playlist. */
static void
take_said(Xml *x, const char *value)
{
	VzFileTrack *t = &x->track;

	if (x->depth == LEVEL_LIST)
		keep_first(&x->reading->title, value);
	else if (is_element(x, "location"))
		keep_first(&t->location, value);
	else if (is_element(x, "title"))
		keep_first(&t->title, value);
	else if (is_element(x, "creator"))
		keep_first(&t->artist, value);
	else if (is_element(x, "album"))
		keep_first(&t->album, value);
	else if (is_element(x, "duration") && value != NULL)
		t->duration_ms = vz_file_duration(value, 1);
	else if (is_element(x, "identifier") && value != NULL && t->nidentifiers < VZ_FILE_IDENTIFIERS_MAX)
		t->identifiers[t->nidentifiers++] = value;
}

/* close_element notes that the present element has ended. */
static VzFileProblem
close_element(Xml *x)
{
	VzFileProblem problem = VZ_FILE_FINE;

	if (x->text != NULL && x->text_depth == x->depth)
	{
		*x->end = '\0';
		take_said(x, vz_file_trim(x->text));
		x->text = NULL;
	}
	if (x->depth == LEVEL_TRACK && x->in_track)
	{
		problem = vz_file_visit(x->reading, &x->track);
		x->in_track = false;
	}
	x->depth--;
	return problem;
}

/* skip_attributes goes past the attributes of a tag, to its end. */
static bool
skip_attributes(Xml *x)
{
	for (;;)
	{
		size_t		blanks = strspn(x->p, BLANKS);
		size_t		name;
		const char *close;

		advance(x, blanks);
		if (*x->p == '>' || *x->p == '/')
			return true;
		name = strcspn(x->p, BLANKS "=<>/\"'");
		if (blanks == 0 || name == 0)
			return false;
		advance(x, name);
		advance(x, strspn(x->p, BLANKS));
		if (*x->p != '=')
			return false;
		advance(x, 1);
		advance(x, strspn(x->p, BLANKS));
		if (*x->p != '"' && *x->p != '\'')
			return false;
		close = strchr(x->p + 1, *x->p);
		if (close == NULL || memchr(x->p, '<', (size_t) (close - x->p)) != NULL)
			return false;
		advance(x, (size_t) (close - x->p) + 1);
	}
}

/* read_start reads the tag that begins an element. */
static VzFileProblem
read_start(Xml *x)
{
	int			line = x->line;
	const char *name = x->p + 1;
	size_t		len = strcspn(name, BLANKS "=<>/\"'&");
	VzFileProblem problem;

	if (len == 0)
		return VZ_FILE_MALFORMED;
	advance(x, len + 1);
	if (!skip_attributes(x))
		return VZ_FILE_MALFORMED;
	if ((problem = open_element(x, name, len, line)) != VZ_FILE_FINE)
		return problem;
	if (*x->p == '/')
	{
		if (x->p[1] != '>')
			return VZ_FILE_MALFORMED;
		advance(x, 2);
		return close_element(x);
	}
	advance(x, 1);
	if (x->text == NULL && is_field(x))
	{
		x->text = x->end = x->p;
		x->text_depth = x->depth;
	}
	return VZ_FILE_FINE;
}

/* read_end reads the tag that ends the present element. */
static VzFileProblem
read_end(Xml *x)
{
	size_t		len = x->depth > 0 ? x->name_lens[x->depth - 1] : 0;

	if (x->depth == 0 || strncmp(x->p + 2, x->names[x->depth - 1], len) != 0)
		return VZ_FILE_MALFORMED;
	advance(x, len + 2);
	advance(x, strspn(x->p, BLANKS));
	if (*x->p != '>')
		return VZ_FILE_MALFORMED;
	advance(x, 1);
	return close_element(x);
}

/* read_markup reads what begins with '<'. */
static VzFileProblem
read_markup(Xml *x)
{
	if (strncmp(x->p, "<!--", 4) == 0)
		return skip_past(x, "-->") ? VZ_FILE_FINE : VZ_FILE_MALFORMED;
	if (strncmp(x->p, "<![CDATA[", 9) == 0)
		return read_cdata(x) ? VZ_FILE_FINE : VZ_FILE_MALFORMED;
	if (strncmp(x->p, "<?", 2) == 0)
		return skip_past(x, "?>") ? VZ_FILE_FINE : VZ_FILE_MALFORMED;
	if (x->p[1] == '!')
		return VZ_FILE_DOCTYPE;
	return x->p[1] == '/' ? read_end(x) : read_start(x);
}

VzFileProblem
vz_xspf_read(char *text, VzFileReading *reading)
{
	Xml			x = {.reading = reading, .p = (char *) vz_file_start(text), .line = 1};
	VzFileProblem problem = VZ_FILE_FINE;

	while (*x.p != '\0' && problem == VZ_FILE_FINE)
	{
		if (*x.p == '<')
			problem = read_markup(&x);
		else if (x.depth == 0 && strspn(x.p, BLANKS) == 0)
			problem = x.has_root ? VZ_FILE_MALFORMED : VZ_FILE_UNKNOWN;
		else if (*x.p == '&')
			read_reference(&x);
		else
		{
			take_bytes(&x, x.p, 1);
			advance(&x, 1);
		}
	}
	if (problem == VZ_FILE_FINE && (x.depth > 0 || !x.has_root))
		problem = x.has_root ? VZ_FILE_MALFORMED : VZ_FILE_UNKNOWN;
	if (problem != VZ_FILE_FINE && problem != VZ_FILE_TOO_LONG)
		reading->line = x.line;
	return problem;
}

/* put_element writes an element with a text in it; nothing for NULL. */
static char *
put_element(char *out, const char *name, const char *text)
{
	if (text == NULL)
		return out;
	out = stpcpy(stpcpy(stpcpy(out, "<"), name), ">");
	out = vz_put_xml(out, text);
	return stpcpy(stpcpy(stpcpy(out, "</"), name), ">");
}

size_t
vz_xspf_head(const char *title, char *out)
{
	char	   *p = stpcpy(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
						"<playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">\n");

	p = put_element(p, "title", title);
	p = stpcpy(p, "\n<trackList>\n");
	return (size_t) (p - out);
}

size_t
vz_xspf_track(const VzFileTrack *track, int number, char *out)
{
	char	   *p = stpcpy(out, "<track>");

	(void) number;
	p = put_element(p, "location", track->location);
	for (int i = 0; i < track->nidentifiers; i++)
		p = put_element(p, "identifier", track->identifiers[i]);
	p = put_element(p, "title", track->title);
	p = put_element(p, "creator", track->artist);
	p = put_element(p, "album", track->album);
	if (track->duration_ms >= 0)
		p = stpcpy(vz_put_number(stpcpy(p, "<duration>"), track->duration_ms), "</duration>");
	p = stpcpy(p, "</track>\n");
	return (size_t) (p - out);
}

size_t
vz_xspf_foot(char *out)
{
	return (size_t) (stpcpy(out, "</trackList>\n</playlist>\n") - out);
}
