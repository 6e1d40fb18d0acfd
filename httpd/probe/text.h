/*
 * text.h
 *		Text of tags as clean UTF-8, whatever it was written in. Pure.
 */
#ifndef VEZA_PROBE_TEXT_H
#define VEZA_PROBE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum TextEncoding
{
	TEXT_LATIN1,				/* ISO 8859-1 */
	TEXT_UTF16,					/* by its byte order mark; without one, little endian */
	TEXT_UTF16_BE,
	TEXT_UTF8,
	TEXT_UNSAID,				/* UTF-8 if it is that, else ISO 8859-1 */
} TextEncoding;

/*
 * Writes bytes as UTF-8 into a buffer of max bytes, at least 1: what is no character becomes U+FFFD, so do
 * control characters but tab and line feed; CR LF becomes LF; a NUL within, which parts values, becomes
 * "; "; blanks and NULs around it go. What does not fit is cut off between two characters. Returns its
 * length; a NUL stands behind it.
 */
extern size_t text_clean(const uint8_t *bytes, size_t len, TextEncoding encoding, char *out, size_t max);

/* How many bytes the text has up to its terminating NUL, which has the width of the encoding, and how many with it. */
extern size_t text_until_nul(const uint8_t *bytes, size_t len, TextEncoding encoding, size_t *with_nul);

#endif							/* VEZA_PROBE_TEXT_H */
