/*
 * notify.h
 *		Telling a user of something: one row, which the list of notifications,
 *		the stream of events and the digest read.
 */
#ifndef VEZA_NOTIFY_H
#define VEZA_NOTIFY_H

#include "../core/ground/query.h"
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
 * want. What one user does again before it was read is counted, and what can be
 * undone and done again at will is not even that. Never waits for another
 * transaction that tells the same user: the job tell_notifications then publishes it.
 */
extern void vz_notify(const VzNotification *notification);

/* What nobody in particular had told of this has been seen to: it is no longer unread. */
extern void vz_notify_settled(VzNotificationKind kind, const pg_uuid_t *user_id, const pg_uuid_t *subject_id);

/* Publishes what vz_notify could not; a job, whose units are users. */
extern VzRows vz_job_tell_notifications_units(void);
extern void vz_job_tell_notifications(const char *unit);

#endif							/* VEZA_NOTIFY_H */
