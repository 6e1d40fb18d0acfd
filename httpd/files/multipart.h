/*
 * multipart.h
 *		multipart/form-data, piece by piece. Pure.
 *
 * Takes the body in pieces of any size and tells of its parts as they come;
 * holds no more than the headers of one part. Source: RFC 7578, RFC 2046.
 */
#ifndef VEZA_MULTIPART_H
#define VEZA_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#define MULTIPART_BOUNDARY_MAX	70
#define MULTIPART_PARTS_MAX		66	/* a file, a part of JSON and 64 fields */
#define MULTIPART_HEADERS_MAX	4096
#define MULTIPART_NAME_MAX		64

/* What is told of the parts, in order. data may be called any number of times between begin and end. */
typedef struct MultipartReader
{
	void		(*begin) (void *state, const char *name, bool is_file);
	void		(*data) (void *state, const char *data, size_t len);
	void		(*end) (void *state);
	void	   *state;
} MultipartReader;

typedef enum MultipartPhase
{
	MULTIPART_PREAMBLE,
	MULTIPART_DELIMITED,		/* behind a delimiter: another part, or the end */
	MULTIPART_HEADERS,
	MULTIPART_DATA,
	MULTIPART_EPILOGUE,
	MULTIPART_BROKEN
} MultipartPhase;

typedef struct Multipart
{
	MultipartReader reader;
	MultipartPhase phase;
	const char *problem;
	int			nparts;
	size_t		matched;		/* bytes of the delimiter that were seen */
	size_t		delimiter_len;
	size_t		headers_len;
	char		delimiter[MULTIPART_BOUNDARY_MAX + 5];	/* CR LF - - boundary */
	char		headers[MULTIPART_HEADERS_MAX + 1];
} Multipart;

/* Prepares for the body of this Content-Type; false when that is no multipart/form-data with a proper boundary. */
extern bool multipart_begin(Multipart *m, const char *content_type, const MultipartReader *reader);

/* Takes a piece; false when the body is broken, and m->problem says how. */
extern bool multipart_feed(Multipart *m, const char *data, size_t len);

/* Did the body end as it must? Otherwise m->problem says what is missing. */
extern bool multipart_end(Multipart *m);

#endif							/* VEZA_MULTIPART_H */
