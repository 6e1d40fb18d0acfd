/*
 * kind.h
 *		The kinds of files that are uploaded and sent: how large one may be, how it
 *		is judged, where it is, and how it is sent. One more kind is one more row
 *		of kind.c, and its judge. A constant table, for any thread.
 */
#ifndef VEZA_KIND_H
#define VEZA_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../extension/src/core/errors.h"
#include "../config/config.h"
#include "content.h"

#define FILE_NUMBERS_MAX 4

/* What a file is, as its judge has found. */
typedef struct FileFacts
{
	const char *type;			/* MIME type; static */
	struct
	{
		const char *name;		/* of the route's argument that asks for it; NULL ends the list */
		int64_t		value;
	}			numbers[FILE_NUMBERS_MAX];
} FileFacts;

/* A type as which such a file is sent, and how its name ends then. */
typedef struct FileType
{
	const char *type;
	const char *suffix;
} FileType;

typedef struct FileKind
{
	const char *name;			/* as routes say it: upload => 'image' */
	ConfigId	limit;			/* the largest file, in bytes */
	const char *bare;			/* how a Content-Type begins under which the body is the file itself, not a form */
	bool		(*judge) (const FileContent *content, FileFacts *facts);
	VzError		unfit;			/* what a file is answered that is none of these for its judge */
	const char *directory;		/* where it is, below UPLOAD_DIR */
	const char *disposition;	/* whether a browser shows it or stores it, unless the route's function says: inline, attachment */
	bool		is_scanned;		/* a scanner looks at it afterwards: where one is required, none is taken without it */
	const FileType *types;		/* one without a type ends the list */
} FileKind;

/* The kind of that name; NULL when there is none. One without a judge is made by us, and uploaded by nobody. */
extern const FileKind *kind_find(const char *name);

/* The kind that is sent as this type, and the type's entry; NULL when there is none. */
extern const FileKind *kind_sent_as(const char *type, const FileType **entry);

/* May a body of this Content-Type be a file of some kind, in a form or bare? The longest file of all kinds, in bytes. */
extern bool kind_may_be(const char *content_type);
extern uint64_t kind_largest(void);

/* The directories of all kinds, each once; NULL behind the last. */
extern const char *kind_directory(size_t number);

#endif							/* VEZA_KIND_H */
