/*
 * listener.h
 *		Telling listeners apart without keeping who they are: by account, or by
 *		address and program of who is not logged in.
 */
#ifndef VEZA_TRACK_LISTENER_H
#define VEZA_TRACK_LISTENER_H

#include "../core/ground/query.h"

/* A digest of the present caller, about one thing: that of another thing is another one. */
extern VzArg vz_listener_digest(const pg_uuid_t *about);

#endif							/* VEZA_TRACK_LISTENER_H */
