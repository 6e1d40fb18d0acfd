/*
 * seccomp.h
 *		Which system calls a process may still make, for good: Linux seccomp with a
 *		filter that is made of a table. For the only thread of a process.
 */
#ifndef VEZA_PROBE_SECCOMP_H
#define VEZA_PROBE_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct SeccompRule
{
	int			call;			/* SYS_... */
	enum
	{
		SECCOMP_ALLOW,
		SECCOMP_ALLOW_WITHOUT,	/* when no bit of these is set in the argument */
		SECCOMP_ALLOW_WITH,		/* when one of these is */
		SECCOMP_FAIL,			/* fails with the error number "bits" */
	}			what;
	int			argument;		/* 0 to 5 */
	uint32_t	bits;			/* of its lower half */
} SeccompRule;

/* What becomes of every other call. */
#define SECCOMP_OTHERS_KILL 0	/* the process ends by SIGSYS */

/*
 * Gives up new privileges and every call but those of the table; others fail with that error number, or kill.
 * False when the kernel refuses.
 */
extern bool seccomp_install(const SeccompRule *rules, size_t n, int others);

#endif							/* VEZA_PROBE_SECCOMP_H */
