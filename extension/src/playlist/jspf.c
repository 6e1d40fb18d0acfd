/*
 * jspf.c
 *		Playlists as JSPF (see playlist_file.h): XSPF as JSON. Source: JSPF of xspf.org.
 *
 * Members that we do not read may be anything, and so may be those that we
 * read: one of another type is not said.
 */
#include <stdbool.h>
#include <string.h>

#include "../core/ground/foreign_scan.h"
#include "file_text.h"

/* A document that is read: the text goes in, and the track of the moment is kept. */
typedef struct Document
{
	VzScan		scan;
	VzFileReading *reading;
	VzFileTrack track;
	VzFileProblem problem;
	int			line;
	const char *counted;		/* as far as lines were counted */
	bool		has_list;
} Document;

/* Takes the value of the member of that name; false when the text is no JSON there. */
typedef bool (*MemberReader) (Document *d, const char *name);

/* read_members goes past an object and has each of its members read. */
static bool
read_members(Document *d, MemberReader read)
{
	VzScan	   *r = &d->scan;
	char		name[VZ_SCAN_NAME];

	if (!vz_scan_take(r, '{'))
		return false;
	r->depth++;
	vz_scan_blanks(r);
	if (!vz_scan_take(r, '}'))
	{
		do
		{
			vz_scan_blanks(r);
			if (!vz_scan_name(r, name))
				return false;
			vz_scan_blanks(r);
			if (!read(d, name))
				return false;
			vz_scan_blanks(r);
		} while (vz_scan_take(r, ','));
		if (!vz_scan_take(r, '}'))
			return false;
	}
	r->depth--;
	return true;
}

/* count_document_lines counts up to the present place. */
static void
count_document_lines(Document *d)
{
	for (; d->counted < d->scan.p; d->counted++)
		d->line += *d->counted == '\n';
}

/* read_text goes past a value; a text is what the field says, unless it says something. */
static bool
read_text(Document *d, const char **field)
{
	char	   *text;
	int			characters;

	if (!vz_scan_at(&d->scan, "\""))
		return vz_scan_value(&d->scan);
	/* What the text says may have lines, but the document has none there. */
	count_document_lines(d);
	if (!vz_scan_plain_text(&d->scan, &text, &characters))
		return false;
	d->counted = d->scan.p;
	if (*field == NULL)
		*field = vz_file_trim(text);
	return true;
}

/* read_uris goes past a text, or a list of them, and keeps as many as there is room for. */
static bool
read_uris(Document *d, const char **fields, int *nfields, int max)
{
	VzScan	   *r = &d->scan;
	const char *spare;
	bool		is_list = vz_scan_take(r, '[');

	vz_scan_blanks(r);
	if (is_list && vz_scan_take(r, ']'))
		return true;
	do
	{
		vz_scan_blanks(r);
		spare = NULL;
		if (!read_text(d, &spare))
			return false;
		if (spare != NULL && *nfields < max)
			fields[(*nfields)++] = spare;
		vz_scan_blanks(r);
	} while (is_list && vz_scan_take(r, ','));
	return !is_list || vz_scan_take(r, ']');
}

/* read_duration goes past a value; a number, also as a text, is a duration in ms. */
static bool
read_duration(VzScan *r, int64_t *ms)
{
	const char *start = r->p + (*r->p == '"');

	if (!vz_scan_value(r))
		return false;
	*ms = vz_file_duration(start, 1);
	return true;
}

/* track_member reads a member of a track. */
static bool
track_member(Document *d, const char *name)
{
	VzFileTrack *t = &d->track;
	int			nlocations = t->location != NULL;

	if (strcmp(name, "location") == 0)
		return read_uris(d, &t->location, &nlocations, 1);
	if (strcmp(name, "identifier") == 0)
		return read_uris(d, t->identifiers, &t->nidentifiers, VZ_FILE_IDENTIFIERS_MAX);
	if (strcmp(name, "title") == 0)
		return read_text(d, &t->title);
	if (strcmp(name, "creator") == 0)
		return read_text(d, &t->artist);
	if (strcmp(name, "album") == 0)
		return read_text(d, &t->album);
	if (strcmp(name, "duration") == 0)
		return read_duration(&d->scan, &t->duration_ms);
	return vz_scan_value(&d->scan);
}

/* read_track goes past a track, and shows it. */
static bool
read_track(Document *d)
{
	count_document_lines(d);
	d->track = (VzFileTrack) {.line = d->line, .duration_ms = -1};
	if (!vz_scan_at(&d->scan, "{"))
		return vz_scan_value(&d->scan);
	if (!read_members(d, track_member))
		return false;
	d->problem = vz_file_visit(d->reading, &d->track);
	return d->problem == VZ_FILE_FINE;
}

/* read_tracks goes past the list of tracks. */
static bool
read_tracks(Document *d)
{
	VzScan	   *r = &d->scan;

	if (!vz_scan_take(r, '['))
		return vz_scan_value(r);
	d->has_list = true;
	r->depth++;
	vz_scan_blanks(r);
	if (!vz_scan_take(r, ']'))
	{
		do
		{
			vz_scan_blanks(r);
			if (!read_track(d))
				return false;
			vz_scan_blanks(r);
		} while (vz_scan_take(r, ','));
		if (!vz_scan_take(r, ']'))
			return false;
	}
	r->depth--;
	return true;
}

/* playlist_member reads a member of the playlist. */
static bool
playlist_member(Document *d, const char *name)
{
	if (strcmp(name, "title") == 0)
		return read_text(d, &d->reading->title);
	if (strcmp(name, "track") == 0)
		return read_tracks(d);
	return vz_scan_value(&d->scan);
}

/* root_member reads a member of the document. */
static bool
root_member(Document *d, const char *name)
{
	if (strcmp(name, "playlist") == 0 && vz_scan_at(&d->scan, "{"))
		return read_members(d, playlist_member);
	return vz_scan_value(&d->scan);
}

VzFileProblem
vz_jspf_read(char *text, VzFileReading *reading)
{
	const char *start = vz_file_start(text);
	Document	d = {.scan = {.p = start, .end = text + strlen(text)}, .reading = reading, .line = 1, .counted = start};
	bool		is_read;

	vz_scan_blanks(&d.scan);
	is_read = read_members(&d, root_member);
	vz_scan_blanks(&d.scan);
	if (d.problem != VZ_FILE_FINE)
		return d.problem;
	if (is_read && d.scan.p == d.scan.end && d.has_list)
		return VZ_FILE_FINE;
	count_document_lines(&d);
	reading->line = d.line;
	return is_read && d.scan.p == d.scan.end ? VZ_FILE_UNKNOWN : VZ_FILE_MALFORMED;
}

/* put_member writes a member with a text, and a comma before it; nothing for NULL. */
static char *
put_member(char *out, const char *name, const char *text)
{
	if (text == NULL)
		return out;
	out = stpcpy(stpcpy(stpcpy(out, ",\""), name), "\":");
	return vz_put_json(out, text);
}

size_t
vz_jspf_head(const char *title, char *out)
{
	char	   *p = vz_put_json(stpcpy(out, "{\"playlist\":{\"title\":"), title);

	p = stpcpy(p, ",\"track\":[");
	return (size_t) (p - out);
}

size_t
vz_jspf_track(const VzFileTrack *track, int number, char *out)
{
	char	   *p = stpcpy(stpcpy(out, number > 0 ? ",\n" : "\n"), "{\"location\":[");

	p = stpcpy(vz_put_json(p, track->location), "]");
	for (int i = 0; i < track->nidentifiers; i++)
		p = vz_put_json(stpcpy(p, i > 0 ? "," : ",\"identifier\":["), track->identifiers[i]);
	p = stpcpy(p, track->nidentifiers > 0 ? "]" : "");
	p = put_member(p, "title", track->title);
	p = put_member(p, "creator", track->artist);
	p = put_member(p, "album", track->album);
	if (track->duration_ms >= 0)
		p = vz_put_number(stpcpy(p, ",\"duration\":"), track->duration_ms);
	p = stpcpy(p, "}");
	return (size_t) (p - out);
}

size_t
vz_jspf_foot(char *out)
{
	return (size_t) (stpcpy(out, "\n]}}\n") - out);
}
