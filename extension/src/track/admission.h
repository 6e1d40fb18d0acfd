/*
 * admission.h
 *		What an account may upload: what its plan allows and what is used of it
 *		go in; a refusal, or none, comes out. Asked before a body is read, and again,
 *		with the account locked, before a file is named.
 */
#ifndef VEZA_TRACK_ADMISSION_H
#define VEZA_TRACK_ADMISSION_H

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"

/* The refusal for a file of so many bytes (0: not known yet) of that user, or NULL. */
extern VzRefusal *vz_track_admission(const pg_uuid_t *user_id, int64 size);

/* Names the subscription that waits for its payment, and the way back to it, in a refusal that a larger plan would spare. */
extern VzRefusal *vz_track_name_pending(VzRefusal *r, const pg_uuid_t *user_id);

#endif							/* VEZA_TRACK_ADMISSION_H */
