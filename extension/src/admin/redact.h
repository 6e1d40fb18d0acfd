/*
 * redact.h
 *		SQL that others wrote, without the values that they put into it. Pure.
 */
#ifndef VEZA_REDACT_H
#define VEZA_REDACT_H

#include <stddef.h>

/* What ends a text that was cut. */
#define VZ_REDACT_CUT "\xe2\x80\xa6"

/*
 * Writes the statement to out, of size bytes (at least 8): string and number
 * constants become ?, comments go, blanks become one. What cannot be told for
 * certain from a constant is left out with all that follows. A longer text is
 * cut between characters. Returns the length, without the NUL.
 */
extern size_t vz_redact_sql(const char *sql, char *out, size_t size);

#endif							/* VEZA_REDACT_H */
