/*
 * control.h
 *		The thread that looks after the database as a whole: migrates the schema
 *		at start, loads and reloads routes, watches whether PostgreSQL answers.
 *		What comes out are generations of routes (route.h) and the state of the
 *		database (database_health.h). Started and stopped by the main thread.
 */
#ifndef VEZA_CONTROL_H
#define VEZA_CONTROL_H

#include <stdbool.h>

/*
 * Connects, migrates if the configuration allows it, and loads the routes;
 * tries DB_MAX_RETRIES times. False when all of them failed.
 */
extern bool control_start(void);

/* Ends the thread and waits for it. */
extern void control_stop(void);

#endif							/* VEZA_CONTROL_H */
