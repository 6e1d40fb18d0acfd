/*
 * sandbox.h
 *		The sandbox in which a stranger's file is decoded. For the only thread of a
 *		process, before it has read a byte of the file.
 *
 * Within, a process computes on memory, reads and writes what is open, and
 * ends. It opens nothing, starts nothing, talks to nobody and maps no code.
 */
#ifndef VEZA_PROBE_SANDBOX_H
#define VEZA_PROBE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SandboxLimits
{
	uint64_t	memory;			/* bytes of address space */
	uint32_t	cpu_seconds;	/* then SIGXCPU comes, and a second later the end */
} SandboxLimits;

/*
 * Closes all descriptors from one on, empties the environment, and sends what is written to standard error
 * nowhere. False when it cannot.
 */
extern bool sandbox_forget(int first_to_close);

/* Sets the limits of the process; files may not grow by a byte. False when it cannot. */
extern bool sandbox_limit(const SandboxLimits *limits);

/* Closes the door: no more files, processes or system calls but the few that computing needs. False when it cannot. */
extern bool sandbox_enter(void);

#endif							/* VEZA_PROBE_SANDBOX_H */
