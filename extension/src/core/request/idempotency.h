/*
 * idempotency.h
 *		Requests that a client may repeat.
 *
 * A request with an Idempotency-Key is carried out once. Its record is
 * written in the transaction of its effect. A repetition gets the stored
 * answer; where the answer carries secrets, which are stored nowhere, the
 * function runs again and finds here what it had made.
 */
#ifndef VEZA_IDEMPOTENCY_H
#define VEZA_IDEMPOTENCY_H

#include "../ground/compat.h"

/* What the first request under this key has made, or NULL when this is the first. */
extern const pg_uuid_t *vz_idempotency_made(void);

/* Remembers what this request makes; nothing without a key. */
extern void vz_idempotency_remember(const pg_uuid_t *made_id);

/* Is there a key, whose answer must be noted when a procedure ends? */
extern bool vz_idempotency_is_open(void);

/* Forgets the request under way, so that its key is free; what was answered before stays. */
extern void vz_idempotency_release(void);

/* Forgets what the last request has left. */
extern void vz_idempotency_reset(void);

/* Forgets answers whose time is over; returns how many. */
extern int64 vz_job_sweep_idempotency(void);

#endif							/* VEZA_IDEMPOTENCY_H */
