/*
 * notification_kinds.c
 *		The kinds of notifications (see notification_kinds.h); no server header.
 */
#include "notification_kinds.h"

#define DAY (24 * 3600)

/* What can be done and undone at will is told once a day. */
static const VzNotificationRule kinds[] = {
	[VZ_NOTIFY_LIKE] = {"like", "likes", DAY},
	[VZ_NOTIFY_COMMENT] = {"comment", "track_comments", 0},
	[VZ_NOTIFY_REPLY] = {"reply", "track_comments", 0},
	[VZ_NOTIFY_MENTION] = {"mention", "mentions", 0},
	[VZ_NOTIFY_FOLLOW] = {"follow", "new_followers", DAY},
	[VZ_NOTIFY_INVITATION] = {"invitation", NULL, 0},
	[VZ_NOTIFY_PAYMENT_PENDING] = {"payment_pending", NULL, 0},
	[VZ_NOTIFY_REVIEW_DECISION] = {"review_decision", NULL, 0},
	[VZ_NOTIFY_SALE] = {"sale", NULL, 0},
};

const VzNotificationRule *
vz_notification_rule(VzNotificationKind kind)
{
	return &kinds[kind];
}
