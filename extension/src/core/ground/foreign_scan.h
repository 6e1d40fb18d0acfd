/*
 * foreign_scan.h
 *		The tokens of a JSON document from outside.
 *
 * Pure: no server header. Nothing here recurses, so no document can exhaust
 * the stack. The functions that go past something return false when the text
 * is no JSON there.
 */
#ifndef VEZA_FOREIGN_SCAN_H
#define VEZA_FOREIGN_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define VZ_SCAN_DEPTH 4096
#define VZ_SCAN_NAME 64

typedef struct VzScan
{
	const char *p;
	const char *end;
	int			depth;			/* of the objects and lists around the present value */
	char	   *out;
	size_t		used;
	size_t		size;
	bool		full;			/* there was no room for something */
} VzScan;

/* Writes one byte, as far as there is room. */
extern void vz_scan_put(VzScan *r, char c);

/* Writes bytes as they are. */
extern void vz_scan_put_text(VzScan *r, const char *text, size_t len);

/* Goes to the next token. */
extern void vz_scan_blanks(VzScan *r);

/* Goes past this byte; false when another one is there. */
extern bool vz_scan_take(VzScan *r, char c);

/* Is the next byte one of these? */
extern bool vz_scan_at(const VzScan *r, const char *set);

/* Goes past a text and writes it, cut at max characters; max < 0: writes nothing. */
extern bool vz_scan_text(VzScan *r, int max);

/*
 * Goes past a text and writes what it says over it, with a final NUL: for a
 * document that may be written over. characters is their number.
 */
extern bool vz_scan_plain_text(VzScan *r, char **text, int *characters);

/* Goes past a member's name and its colon; a name that is longer than any of ours reads as empty. */
extern bool vz_scan_name(VzScan *r, char *name);

/* Goes past any value. */
extern bool vz_scan_value(VzScan *r);

#endif							/* VEZA_FOREIGN_SCAN_H */
