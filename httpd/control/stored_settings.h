/*
 * stored_settings.h
 *		Settings that come from the environment and are rules of the extension: they
 *		go into the database. In the control thread.
 */
#ifndef VEZA_STORED_SETTINGS_H
#define VEZA_STORED_SETTINGS_H

#include <libpq-fe.h>

/* Hands those that are set to the database, one by one; one that it refuses is a log line. */
extern void stored_settings_put(PGconn *conn);

#endif							/* VEZA_STORED_SETTINGS_H */
