/*
 * process.h
 *		What this process knows about itself, as JSON. From any thread.
 */
#ifndef VEZA_PROCESS_H
#define VEZA_PROCESS_H

#include <jansson.h>

/* Program, version, pid and memory, as a new object; no argument, nothing of the environment. */
extern json_t *process_facts(void);

#endif							/* VEZA_PROCESS_H */
