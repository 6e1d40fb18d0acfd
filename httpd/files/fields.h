/*
 * fields.h
 *		Fields that stand beside a file in a form: parts go in, values by name come
 *		out. Pure but for JSON and memory, of which they take a bounded amount.
 */
#ifndef VEZA_FIELDS_H
#define VEZA_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "multipart.h"

#define FIELDS_MAX		64		/* of one form */
#define FIELD_SIZE_MAX	(64 * 1024)	/* bytes of one */
#define FIELDS_SIZE_MAX (256 * 1024)	/* of all, with their names */

/* The part that may hold all fields as one JSON object. */
#define FIELDS_METADATA "metadata"

typedef struct Fields
{
	json_t	   *values;			/* by name: a text, a list of them where it came more than once, false for no UTF-8; or NULL */
	json_t	   *metadata;		/* the object of the JSON part, or NULL */
	const char *problem;		/* what is wrong with them, or NULL */
	size_t		nfields;
	size_t		nbytes;			/* of all so far */
	char		name[MULTIPART_NAME_MAX + 1];	/* of the one that comes */
	char	   *text;
	size_t		len;
	size_t		room;
} Fields;

/* A field begins, comes in pieces, and ends. After a problem nothing is taken any more. */
extern void fields_begin(Fields *f, const char *name);
extern void fields_data(Fields *f, const char *data, size_t len);
extern void fields_end(Fields *f);

/* Frees what they hold, not the Fields themselves; an empty one is all NULs. */
extern void fields_free(Fields *f);

#endif							/* VEZA_FIELDS_H */
