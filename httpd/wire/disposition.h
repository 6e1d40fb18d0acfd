/*
 * disposition.h
 *		Content-Disposition of RFC 6266: what a file is called goes in, a header that
 *		says it to every browser comes out. Pure.
 */
#ifndef VEZA_DISPOSITION_H
#define VEZA_DISPOSITION_H

#include <stdbool.h>
#include <stddef.h>

#define DISPOSITION_NAME_MAX 200	/* bytes of a name; the rest is left out */
#define DISPOSITION_SIZE	 1024

/*
 * Writes inline or attachment, with a name in ASCII, and one in UTF-8 where that
 * says more. What names a directory, ends a line or turns the direction of writing
 * is replaced, and the name ends with its suffix (without a dot) whatever it says. name is valid UTF-8.
 */
extern void disposition_write(char out[DISPOSITION_SIZE], bool is_attachment, const char *name, const char *suffix);

#endif							/* VEZA_DISPOSITION_H */
