/*
 * avatar.h
 *		Pictures of users.
 */
#ifndef VEZA_AVATAR_H
#define VEZA_AVATAR_H

#include "../core/ground/compat.h"

/* Forgets files that nothing names for file_keep seconds; returns how many. */
extern int64 vz_job_sweep_files(void);

#endif							/* VEZA_AVATAR_H */
