/*
 * multipart.c
 *		multipart/form-data, piece by piece (see multipart.h).
 *
 * A delimiter begins with CR, and no other byte of it is CR: so when a match
 * fails, what was matched is data, and only the failing byte can begin
 * another one.
 */
#include "multipart.h"

#include <string.h>
#include <strings.h>

/* broken notes what is wrong. */
static bool
broken(Multipart *m, const char *problem)
{
	m->phase = MULTIPART_BROKEN;
	m->problem = problem;
	return false;
}

/*
 * parameter finds name=value or name="value" behind the semicolons of a
 * header's value and copies it; false when it is not there or does not fit.
 */
static bool
parameter(const char *value, const char *name, char *out, size_t size)
{
	const char *p = value + strcspn(value, ";");
	size_t		n = 0;

	while (*p == ';')
	{
		bool		is_wanted;
		bool		is_quoted;

		p += 1 + strspn(p + 1, " \t");
		is_wanted = strncasecmp(p, name, strlen(name)) == 0 && p[strlen(name)] == '=';
		p += strcspn(p, "=;");
		if (*p != '=')
			continue;
		is_quoted = *++p == '"';
		p += is_quoted;
		for (n = 0; *p != '\0' && (is_quoted ? *p != '"' : *p != ';' && *p != ' '); p++)
		{
			if (is_quoted && *p == '\\' && p[1] != '\0')
				p++;
			if (is_wanted && n + 1 >= size)
				return false;
			if (is_wanted)
				out[n++] = *p;
		}
		if (is_wanted)
		{
			out[n] = '\0';
			return !is_quoted || *p == '"';
		}
		p += strcspn(p, ";");
	}
	return false;
}

bool
multipart_begin(Multipart *m, const char *content_type, const MultipartReader *reader)
{
	static const char type[] = "multipart/form-data";
	char		boundary[MULTIPART_BOUNDARY_MAX + 1];
	size_t		len;

	memset(m, 0, sizeof(*m));
	m->reader = *reader;
	if (strncasecmp(content_type, type, strlen(type)) != 0 || strchr("; \t", content_type[strlen(type)]) == NULL)
		return broken(m, "the Content-Type is not multipart/form-data");
	if (!parameter(content_type, "boundary", boundary, sizeof(boundary)) || (len = strlen(boundary)) == 0)
		return broken(m, "the boundary must have 1 to 70 characters");
	if (strspn(boundary, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ") < len)
		return broken(m, "the boundary has characters that none has");
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary, len + 1);
	m->delimiter_len = len + 4;
	m->matched = 2;				/* the first delimiter may stand at the very beginning */
	return true;
}

/* header_value finds a header of the part; its value up to the line's end is copied. */
static bool
header_value(const Multipart *m, const char *name, char *out, size_t size)
{
	size_t		len = strlen(name);

	for (const char *line = m->headers; *line != '\0';)
	{
		size_t		n = strcspn(line, "\r");

		if (n > len && strncasecmp(line, name, len) == 0 && line[len] == ':')
		{
			size_t		skip = len + 1 + strspn(line + len + 1, " \t");

			if (skip > n || n - skip >= size)
				return false;
			memcpy(out, line + skip, n - skip);
			out[n - skip] = '\0';
			return true;
		}
		line += n + strspn(line + n, "\r\n");
	}
	return false;
}

/* read_part_headers reads the headers of a part and tells of it. */
static bool
read_part_headers(Multipart *m)
{
	char		disposition[MULTIPART_HEADERS_MAX + 1];
	char		name[MULTIPART_NAME_MAX + 1];
	char		filename[2];

	if (memchr(m->headers, '\0', m->headers_len) != NULL)
		return broken(m, "the headers of a part hold a NUL");
	if (!header_value(m, "Content-Disposition", disposition, sizeof(disposition)) ||
		strncasecmp(disposition, "form-data", 9) != 0 || !parameter(disposition, "name", name, sizeof(name)))
		return broken(m, "a part has no name");
	/* Whatever a file is called there, it is a file when it is called anything. */
	m->reader.begin(m->reader.state, name,
					parameter(disposition, "filename", filename, sizeof(filename)) || strcasestr(disposition, "filename=") != NULL);
	m->phase = MULTIPART_DATA;
	return true;
}

/* take_header keeps a byte of the headers; the empty line ends them. */
static bool
take_header(Multipart *m, char c)
{
	if (m->headers_len == MULTIPART_HEADERS_MAX)
		return broken(m, "the headers of a part are too long");
	m->headers[m->headers_len++] = c;
	m->headers[m->headers_len] = '\0';
	if ((m->headers_len == 2 && memcmp(m->headers, "\r\n", 2) == 0) ||
		(m->headers_len >= 4 && memcmp(m->headers + m->headers_len - 4, "\r\n\r\n", 4) == 0))
		return read_part_headers(m);
	return true;
}

/* take_delimited judges the two bytes behind a delimiter: a line's end, or the last dashes. */
static bool
take_delimited(Multipart *m, char c)
{
	m->headers[m->headers_len++] = c;
	if (m->headers_len < 2)
		return true;
	m->headers_len = 0;
	if (memcmp(m->headers, "--", 2) == 0)
	{
		m->phase = MULTIPART_EPILOGUE;
		return true;
	}
	if (memcmp(m->headers, "\r\n", 2) != 0)
		return broken(m, "a boundary does not end its line");
	if (++m->nparts > MULTIPART_PARTS_MAX)
		return broken(m, "there are too many parts");
	m->phase = MULTIPART_HEADERS;
	return true;
}

/* tell_data tells of data, unless it stands before the first part. */
static void
tell_data(Multipart *m, const char *data, size_t len)
{
	if (m->phase == MULTIPART_DATA && len > 0)
		m->reader.data(m->reader.state, data, len);
}

/* take_data looks for the delimiter; returns how many bytes were taken. */
static size_t
take_data(Multipart *m, const char *data, size_t len)
{
	if (m->matched == 0)
	{
		const char *cr = memchr(data, '\r', len);
		size_t		n = cr ? (size_t) (cr - data) : len;

		tell_data(m, data, n);
		m->matched = cr != NULL;
		return n + (cr != NULL);
	}
	if (data[0] != m->delimiter[m->matched])
	{
		tell_data(m, m->delimiter, m->matched);
		m->matched = 0;
		return 0;
	}
	if (++m->matched == m->delimiter_len)
	{
		if (m->phase == MULTIPART_DATA)
			m->reader.end(m->reader.state);
		m->phase = MULTIPART_DELIMITED;
		m->matched = 0;
		m->headers_len = 0;
	}
	return 1;
}

bool
multipart_feed(Multipart *m, const char *data, size_t len)
{
	while (len > 0)
	{
		size_t		taken = 1;

		switch (m->phase)
		{
			case MULTIPART_PREAMBLE:
			case MULTIPART_DATA:
				taken = take_data(m, data, len);
				break;
			case MULTIPART_DELIMITED:
				take_delimited(m, *data);
				break;
			case MULTIPART_HEADERS:
				take_header(m, *data);
				break;
			case MULTIPART_EPILOGUE:
				return true;
			case MULTIPART_BROKEN:
				return false;
		}
		data += taken;
		len -= taken;
	}
	return m->phase != MULTIPART_BROKEN;
}

bool
multipart_end(Multipart *m)
{
	if (m->phase == MULTIPART_EPILOGUE)
		return true;
	if (m->phase != MULTIPART_BROKEN)
		broken(m, "the body ends before its last boundary");
	return false;
}
