/*
 * clamd_reply.h
 *		What clamd answers about a file: bytes go in, a verdict comes out. Pure.
 *
 * Only one answer means that a file is clean, and it is compared byte by byte:
 * an error, a limit that was exceeded and an answer that was cut off are none.
 */
#ifndef VEZA_CLAMD_REPLY_H
#define VEZA_CLAMD_REPLY_H

#include <stddef.h>

#define CLAMD_DETAIL_MAX 128

typedef enum ClamdVerdict
{
	CLAMD_CLEAN,
	CLAMD_INFECTED,				/* detail is the name of what was found */
	CLAMD_FAILED,				/* it has answered something else, which is the detail */
	CLAMD_UNAVAILABLE			/* it did not answer, or not in time; detail says how */
} ClamdVerdict;

/* Reads the whole answer to zINSTREAM, its NUL included; detail is printable ASCII. */
extern ClamdVerdict clamd_reply_read(const char *reply, size_t len, char detail[CLAMD_DETAIL_MAX]);

#endif							/* VEZA_CLAMD_REPLY_H */
