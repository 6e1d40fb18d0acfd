/*
 * cursor.h
 *		Cursors of lists: the order of a list, and key and id of a row, go in, one
 *		word comes out, and the other way round. Pure: no server header.
 *
 * A cursor is no secret and no authority: whoever makes one up gets another
 * place of the same list.
 */
#ifndef VEZA_CURSOR_H
#define VEZA_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#define VZ_CURSOR_KEY_MAX 2048	/* bytes */
#define VZ_CURSOR_ID_MAX 40
#define VZ_CURSOR_ROOM(key_len) (((key_len) + VZ_CURSOR_ID_MAX + 16) * 4 / 3 + 4)
#define VZ_CURSOR_MAX VZ_CURSOR_ROOM(VZ_CURSOR_KEY_MAX)

/* What key and id are. */
typedef enum VzCursorKind
{
	VZ_CURSOR_TEXT,				/* any text, and a UUID */
	VZ_CURSOR_NUMBER,			/* a whole number, and a UUID */
	VZ_CURSOR_SERIAL			/* a whole number, and another */
} VzCursorKind;

typedef struct VzCursor
{
	int			order;			/* 0 to 99 */
	const char *key;
	const char *id;				/* a UUID, or a number */
} VzCursor;

/* Writes the cursor as base64url into out, which has VZ_CURSOR_ROOM of the key. */
extern void vz_cursor_write(const VzCursor *cursor, char *out);

/* Reads a cursor of that kind; false when it is none. Key and id stay until the next call. */
extern bool vz_cursor_read(const char *text, VzCursorKind kind, VzCursor *cursor);

#endif							/* VEZA_CURSOR_H */
