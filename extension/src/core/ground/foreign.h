/*
 * foreign.h
 *		Reading a JSON document from outside by the list of what we need.
 *
 * Pure: no server header. What is listed is taken, typed, and written anew;
 * everything else is skipped, and nothing in it can be wrong as long as the
 * text is JSON: numbers of any size, NUL, halves of surrogate pairs,
 * repeated names, depth. Source: docs/design.md, "Documents from outside".
 */
#ifndef VEZA_FOREIGN_H
#define VEZA_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

typedef enum VzForeignKind
{
	VZ_FOREIGN_TEXT,			/* a text, or a number or boolean as text; cut at max characters */
	VZ_FOREIGN_MINOR,			/* minor units: at most 18 digits; anything else but null becomes false */
	VZ_FOREIGN_BOOL,
	VZ_FOREIGN_OBJECT,			/* with these members */
	VZ_FOREIGN_LIST				/* of objects with these members; no more than max */
} VzForeignKind;

/* A wanted member; a list of them ends with a member without a name. */
typedef struct VzForeignMember
{
	const char *name;
	VzForeignKind kind;
	int			max;
	const struct VzForeignMember *members;
} VzForeignMember;

#define VZ_FOREIGN_END {NULL, VZ_FOREIGN_TEXT, 0, NULL}

/* The room that the result of a text of this length needs at most. */
#define VZ_FOREIGN_ROOM(len) (2 * (len) + 16)

/*
 * Writes the wanted members of the object in text (UTF-8 without NUL) to out
 * as JSON that PostgreSQL takes as jsonb. A member of another kind, or null,
 * is left out. False when the text is no JSON object, is nested deeper than
 * 4096, or names a wanted member twice: then it could be read in two ways.
 */
extern bool vz_foreign_read(const char *text, size_t len, const VzForeignMember *members,
							char *out, size_t size);

#endif							/* VEZA_FOREIGN_H */
