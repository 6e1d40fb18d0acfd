/*
 * clamd.h
 *		Talking to clamd: an open file goes in, a verdict comes out. Waits, for no
 *		longer than it is told to: for threads that may.
 */
#ifndef VEZA_CLAMD_H
#define VEZA_CLAMD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "clamd_reply.h"

typedef struct ClamdAddress
{
	struct sockaddr_storage address;
	socklen_t	len;			/* 0: none is known */
} ClamdAddress;

/*
 * Finds the address of this number, from 0, that host:port or the path of a socket
 * has; false when there is none. A name may take as long as the resolver does.
 */
extern bool clamd_resolve(const char *text, int number, ClamdAddress *out);

/* Does it answer within this time? */
extern bool clamd_ping(const ClamdAddress *clamd, int timeout_ms);

/* Has a file scanned, from its first byte on. Ends early, CLAMD_UNAVAILABLE, when must_stop says so; it is asked often. */
extern ClamdVerdict clamd_scan(const ClamdAddress *clamd, int fd, int timeout_ms, bool (*must_stop) (void),
							   char detail[CLAMD_DETAIL_MAX]);

#endif							/* VEZA_CLAMD_H */
