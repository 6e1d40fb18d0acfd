/*
 * notification_kinds_test.c
 *		The kinds of notifications, and the settings that switch them off.
 */
#include <string.h>

#include "../../extension/src/notification/notification_kinds.h"
#include "../../extension/src/user/settings_rules.h"
#include "tap.h"

int
main(void)
{
	VzSettingValue on = {.kind = VZ_SETTING_BOOL};
	bool		all_named = true;
	bool		all_known = true;

	for (int kind = 0; kind < VZ_NOTIFY_KINDS; kind++)
	{
		const VzNotificationRule *rule = vz_notification_rule((VzNotificationKind) kind);

		all_named &= rule->name != NULL && strlen(rule->name) <= 40;
		each(vz_notification_kind_is_known(rule->name), "%s is not known", rule->name);
		all_known &= rule->setting == NULL || vz_setting_problem("notifications", rule->setting, &on) == NULL;
	}
	all("every kind is found by its name");
	ok(!vz_notification_kind_is_known("") && !vz_notification_kind_is_known("likes") && !vz_notification_kind_is_known("LIKE"),
	   "nothing else is");
	ok(all_named, "every kind has a name that its column takes");
	ok(all_known, "every setting that switches a kind off is one that users have");
	ok(vz_notification_rule(VZ_NOTIFY_PAYMENT_PENDING)->setting == NULL &&
	   vz_notification_rule(VZ_NOTIFY_REVIEW_DECISION)->setting == NULL,
	   "money that is waited for, and decisions about own work, cannot be switched off");
	return done_testing();
}
