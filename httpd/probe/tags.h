/*
 * tags.h
 *		The tags of a file, as they stand in it and as we understand them, and its
 *		cover. Pure. Bounded whatever the file says: so many pairs, so many bytes.
 */
#ifndef VEZA_PROBE_TAGS_H
#define VEZA_PROBE_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define TAGS_MAX		64		/* pairs; the rest is left out */
#define TAG_NAME_MAX	127		/* bytes */
#define TAG_VALUE_MAX	2048	/* bytes */
#define TAG_BLOCK_MAX	(1024 * 1024)	/* of a block of tags, pictures not counted, so much is read */

typedef struct Tag
{
	char	   *name;			/* UTF-8, as the format has it: TIT2, TXXX:isrc, TITLE, INFO:INAM, (c)nam with its sign */
	char	   *value;			/* UTF-8, not empty */
} Tag;

typedef struct Tags
{
	size_t		count;
	Tag			tag[TAGS_MAX];
	uint8_t    *cover;			/* NULL: there is none */
	size_t		cover_size;
	size_t		cover_max;		/* bytes; 0: none is wanted */
	const char *cover_type;		/* image/png or image/jpeg, by its first bytes; static */
	bool		cover_is_front; /* the file calls it the front cover */
} Tags;

/* What we understand of them. Texts are those of the tags, NULL when there is none; numbers are 0. */
typedef struct TagFields
{
	const char *title;
	const char *artist;
	const char *album;
	const char *genre;
	const char *comment;
	char		isrc[13];		/* twelve characters without hyphens; empty when there is none */
	int			year;			/* 1 to 9999 */
	int			track;			/* 1 to 9999 */
	double		bpm;			/* 1 to 999 */
} TagFields;

/* Adds a pair; nothing when the value is empty, or when there are enough. The name ends at its NUL. */
extern void tags_add(Tags *tags, const char *name, const uint8_t *value, size_t len, TextEncoding encoding);

/* Adds a pair under a name of two parts: "TXXX" and "isrc" are "TXXX:isrc". */
extern void tags_add_named(Tags *tags, const char *name, const char *part, const uint8_t *value, size_t len,
						   TextEncoding encoding);

/* Takes a picture as the cover: PNG or JPEG, not too large; the first one, unless a later one is the first front cover. */
extern void tags_add_picture(Tags *tags, bool is_front, const uint8_t *bytes, size_t len);

/* Says what we understand of the tags. */
extern void tags_understand(const Tags *tags, TagFields *fields);

/* Frees all that they have. */
extern void tags_free(Tags *tags);

#endif							/* VEZA_PROBE_TAGS_H */
