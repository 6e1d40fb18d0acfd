/*
 * effect_sweep.h
 *		What the outbox keeps no longer, as jobs for registry.c (see job.h):
 *		each deletes a piece and returns how many rows.
 */
#ifndef VEZA_EFFECT_SWEEP_H
#define VEZA_EFFECT_SWEEP_H

#include "../ground/query.h"

/* Empties the secrets of effects that are finished for effect_secret_keep seconds. */
extern int64 vz_job_sweep_secrets(void);

/* Deletes effects done for effect_keep seconds, 1000 at a time. */
extern int64 vz_job_sweep_effects(void);

/* Forgets relays that have not been heard of for a day. */
extern int64 vz_job_sweep_relays(void);

#endif							/* VEZA_EFFECT_SWEEP_H */
