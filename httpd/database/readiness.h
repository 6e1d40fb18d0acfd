/*
 * readiness.h
 *		What a database says about whether this build can work with it: the
 *		answer to a statement goes in, a word and the command that helps come
 *		out. In the thread that asks: the control thread, those of the relay,
 *		--check.
 */
#ifndef VEZA_READINESS_H
#define VEZA_READINESS_H

#include <libpq-fe.h>
#include <stdbool.h>

typedef struct Readiness
{
	char		state[16];		/* ready, behind, empty, older or newer than we are, unknown */
	char		command[128];	/* what helps; empty when nothing is to be done */
} Readiness;

/* The statement that asks, with the number of our interface in it. */
extern const char readiness_statement[];

/* Asks a database of version 0.1.0, which does not know that statement. */
extern const char readiness_old_statement[];

/* Says whether the answer to readiness_statement means that the old one should be asked. */
extern bool readiness_is_unknown(const PGresult *answer);

/* Reads the answer to either; false with a log line when it is none. */
extern bool readiness_read(const PGresult *answer, Readiness *out);

/* Says whether statements of ours make sense there: tables may be missing, but not what we call. */
extern bool readiness_can_serve(const Readiness *r);

#endif							/* VEZA_READINESS_H */
