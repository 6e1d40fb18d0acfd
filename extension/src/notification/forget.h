/*
 * forget.h
 *		Notifications that are forgotten, which stay as numbers by day and kind.
 */
#ifndef VEZA_NOTIFICATION_FORGET_H
#define VEZA_NOTIFICATION_FORGET_H

#include "../core/ground/query.h"

/* Forgets notifications, and digests, that are older than notification_keep, 1000 at a time; a job. */
extern int64 vz_job_sweep_notifications(void);

/* Forgets what the user was told of, and has others told of. */
extern void vz_notifications_end_account(const pg_uuid_t *user_id);

#endif							/* VEZA_NOTIFICATION_FORGET_H */
