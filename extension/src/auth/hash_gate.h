/*
 * hash_gate.h
 *		Two places for hashing passwords, over all sessions of the database.
 *
 * A hash takes a processor and 19 MiB for a tenth of a second: more than two
 * at a time would slow down everything else, and be no faster themselves.
 */
#ifndef VEZA_HASH_GATE_H
#define VEZA_HASH_GATE_H

#include "../core/ground/lock.h"

/* A place that was taken; its contents are hash_gate.c's. */
typedef struct VzHashPlace
{
	VzLock		lock;
} VzHashPlace;

/*
 * Takes a place, waiting for it hash_wait_ms at most; else SERVER_BUSY is
 * raised. The wait can be cancelled. A place that is not given back before an
 * error is given back with its transaction.
 */
extern void vz_hash_gate_enter(VzHashPlace *place);

/* Gives the place back. */
extern void vz_hash_gate_leave(const VzHashPlace *place);

#endif							/* VEZA_HASH_GATE_H */
