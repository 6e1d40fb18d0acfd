/*
 * notification_kinds.c
 *		The kinds of notifications (see notification_kinds.h); no server header.
 */
#include "notification_kinds.h"

#include <string.h>

#define DAY (24 * 3600)

/* What can be done and undone at will is told once a day; what is about money, or a decision about own work, always. */
static const VzNotificationRule kinds[VZ_NOTIFY_KINDS] = {
	[VZ_NOTIFY_LIKE] = {"like", "likes", DAY},
	[VZ_NOTIFY_COMMENT] = {"comment", "track_comments", 0},
	[VZ_NOTIFY_REPLY] = {"reply", "track_comments", 0},
	[VZ_NOTIFY_MENTION] = {"mention", "mentions", 0},
	[VZ_NOTIFY_FOLLOW] = {"follow", "new_followers", DAY},
	[VZ_NOTIFY_INVITATION] = {"invitation", "invitations", DAY},
	[VZ_NOTIFY_PAYMENT_PENDING] = {"payment_pending", NULL, 0},
	[VZ_NOTIFY_REVIEW_DECISION] = {"review_decision", NULL, 0},
	[VZ_NOTIFY_SALE] = {"sale", "sales", 0},
};

const VzNotificationRule *
vz_notification_rule(VzNotificationKind kind)
{
	return &kinds[kind];
}

bool
vz_notification_kind_is_known(const char *name)
{
	for (size_t i = 0; i < VZ_NOTIFY_KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return true;
	return false;
}
