/*
 * notification_kinds.h
 *		What users are told of, and by which of their settings; no server header.
 */
#ifndef VEZA_NOTIFICATION_KINDS_H
#define VEZA_NOTIFICATION_KINDS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum VzNotificationKind
{
	VZ_NOTIFY_LIKE,				/* of an own track or playlist */
	VZ_NOTIFY_COMMENT,			/* on an own track */
	VZ_NOTIFY_REPLY,			/* to an own comment */
	VZ_NOTIFY_MENTION,
	VZ_NOTIFY_FOLLOW,			/* of the user, or of an own playlist */
	VZ_NOTIFY_INVITATION,		/* to work on a playlist */
	VZ_NOTIFY_PAYMENT_PENDING,	/* a payment waits to be completed */
	VZ_NOTIFY_REVIEW_DECISION,	/* about a submission, or a moderator's about own content */
	VZ_NOTIFY_SALE,
	VZ_NOTIFY_KINDS
} VzNotificationKind;

typedef struct VzNotificationRule
{
	const char *name;			/* as stored and shown */
	const char *setting;		/* of the section notifications; NULL: it cannot be switched off */
	int			repeat_s;		/* the same by the same user about the same is not told again so soon */
} VzNotificationRule;

/* The rule of a kind. */
extern const VzNotificationRule *vz_notification_rule(VzNotificationKind kind);

/* Is there a kind of this name? */
extern bool vz_notification_kind_is_known(const char *name);

#endif							/* VEZA_NOTIFICATION_KINDS_H */
