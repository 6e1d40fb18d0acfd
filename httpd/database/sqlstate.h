/*
 * sqlstate.h
 *		What SQLSTATEs that are no refusals of ours mean: a SQLSTATE goes in;
 *		the error for the client comes out, and what becomes of the connection
 *		over which it came.
 *
 * Pure: no library header.
 */
#ifndef VEZA_SQLSTATE_H
#define VEZA_SQLSTATE_H

#include "../../extension/src/core/errors.h"

typedef enum SqlstateVerdict
{
	SQLSTATE_STATEMENT,			/* it is about the statement; the connection is good */
	SQLSTATE_CONNECTION,		/* this connection is of no use any more; others may be */
	SQLSTATE_SERVER				/* nor is the server that it leads to: it cannot write */
} SqlstateVerdict;

/* The refusal that a client gets; INTERNAL_ERROR for what nobody expects. NULL and "" are taken. */
extern VzError sqlstate_error(const char *sqlstate);

/* What it says about the connection. */
extern SqlstateVerdict sqlstate_verdict(const char *sqlstate);

#endif							/* VEZA_SQLSTATE_H */
