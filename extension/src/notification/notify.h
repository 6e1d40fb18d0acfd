/*
 * notify.h
 *		Telling a user of something: one row, which the list of notifications,
 *		the stream of events and the digest read.
 */
#ifndef VEZA_NOTIFY_H
#define VEZA_NOTIFY_H

#include "../core/ground/compat.h"
#include "notification_kinds.h"

typedef struct VzNotification
{
	VzNotificationKind kind;
	const pg_uuid_t *user_id;	/* who is told */
	const pg_uuid_t *actor_id;	/* who did it; NULL: nobody in particular */
	const char *subject_type;	/* what it is about, the name of its table; NULL: the users alone */
	const pg_uuid_t *subject_id;
} VzNotification;

/*
 * Tells of it with the transaction. Nobody is told of what they did themselves,
 * by whom they have blocked or were blocked by, or what their settings do not
 * want; what is unread by the same user is counted, not told anew. Never waits for another transaction
 * that tells the same user: the job tell_notifications then publishes it.
 */
extern void vz_notify(const VzNotification *notification);

/* Publishes what vz_notify could not; a job. */
extern int64 vz_job_tell_notifications(void);

/* Forgets what the user was told of, and has others told of. */
extern void vz_notifications_end_account(const pg_uuid_t *user_id);

#endif							/* VEZA_NOTIFY_H */
