/*
 * control.h
 *		The thread that looks after the database as a whole: migrates the schema
 *		at start, loads and reloads routes, watches whether PostgreSQL answers.
 */
#ifndef VEZA_CONTROL_H
#define VEZA_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Connects, migrates if the configuration allows it, and loads the routes;
 * tries DB_MAX_RETRIES times. False when all of them failed.
 */
extern bool control_start(void);

/* What the thread knows. Safe from any thread. */
typedef struct DatabaseHealth
{
	bool		is_up;
	bool		is_writable;	/* it is no standby, and lets us write */
	bool		is_ready;		/* up and writable, and the schema fits */
	char		schema[16];		/* ready, behind, empty, older or newer than we are, migrating or unknown */
	char		command[128];	/* what helps, when it is not ready; empty: waiting */
	int64_t		latency_us;		/* of the last ping */
	char		payments[256];	/* veza.relay_status(), JSON; empty: unknown */
} DatabaseHealth;

/* A copy of it, of one moment. */
extern DatabaseHealth control_health(void);

/* Ends the thread and waits for it. */
extern void control_stop(void);

#endif							/* VEZA_CONTROL_H */
