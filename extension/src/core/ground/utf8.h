/*
 * utf8.h
 *		Characters as bytes of UTF-8. Pure: no server header.
 */
#ifndef VEZA_UTF8_H
#define VEZA_UTF8_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the text is well-formed; the database takes nothing else. */
extern bool vz_is_utf8(const char *text);

/* Writes the bytes of a character, at most 4, and returns their number; what is no character is U+FFFD. */
extern int	vz_utf8_put(uint32_t c, char *bytes);

#endif							/* VEZA_UTF8_H */
