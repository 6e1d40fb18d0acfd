/*
 * mime.h
 *		Header texts of mails: a text of any language goes in, its form for a
 *		header comes out. Pure.
 */
#ifndef VEZA_MIME_H
#define VEZA_MIME_H

#include <stddef.h>

/*
 * Writes a header text (UTF-8) so that it cannot end the header: as it is when
 * it is short printable ASCII, else as encoded words of RFC 2047, folded. Returns
 * out, which must have room for MIME_TEXT_SIZE(strlen(text)) bytes.
 */
extern char *mime_header_text(const char *text, char *out);

#define MIME_TEXT_SIZE(len)	(5 * (len) + 32)

#endif							/* VEZA_MIME_H */
