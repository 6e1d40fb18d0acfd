/*
 * database_health.h
 *		How the database is, as the control thread has seen it last: that thread
 *		notes it, and any thread reads a copy of one moment.
 */
#ifndef VEZA_DATABASE_HEALTH_H
#define VEZA_DATABASE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "readiness.h"

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
extern DatabaseHealth database_health(void);

/* What a look at the database shows. */
typedef struct DatabaseLook
{
	Readiness	readiness;
	bool		is_writable;
	int64_t		latency_us;
} DatabaseLook;

/* Notes what the last look has shown, and lets the lanes follow; NULL: nothing. */
extern void database_health_note(const DatabaseLook *seen, bool has_routes);

/* Notes what veza.relay_status() says; empty: unknown. */
extern void database_health_note_payments(const char *json);

#endif							/* VEZA_DATABASE_HEALTH_H */
