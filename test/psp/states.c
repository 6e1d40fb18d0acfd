/*
 * states.c
 *	  The seventeen states of a payment and what each of them permits.
 *
 * Source: the published IntentStatus enum and the rules of confirm, cancel,
 * capture and force_sync.  Cancel is a little stricter than published: it is
 * refused in every state that is neither open nor merely authorised.
 */
#include "states.h"

#include <stddef.h>
#include <string.h>

static const struct intent_status statuses[] = {
	{"requires_payment_method", NULL, "payment_method_awaited", MONEY_NONE,
	MAY_CONFIRM | MAY_UPDATE | MAY_CANCEL},
	{"requires_confirmation", NULL, "confirmation_awaited", MONEY_NONE,
	MAY_CONFIRM | MAY_UPDATE | MAY_CANCEL},
	{"requires_customer_action", "action_required", "authentication_pending",
	MONEY_NONE, MAY_UPDATE | MAY_CANCEL | ASKS_CONNECTOR},
	{"requires_merchant_action", "action_required", "unresolved", MONEY_NONE,
	ASKS_CONNECTOR},
	{"processing", "payment_processing", "pending", MONEY_NONE,
	ASKS_CONNECTOR},
	{"succeeded", "payment_succeeded", "charged", MONEY_ALL,
	MAY_REFUND | IS_FINAL},
	{"failed", "payment_failed", "failure", MONEY_NONE, IS_FINAL},
	{"cancelled", "payment_cancelled", "voided", MONEY_NONE, IS_FINAL},
	{"cancelled_post_capture", "payment_cancelled_post_capture",
	"voided_post_charge", MONEY_REVERSED, IS_FINAL},
	{"requires_capture", "payment_authorized", "authorized", MONEY_NONE,
	MAY_CANCEL | MAY_CAPTURE},
	{"partially_authorized_and_requires_capture",
		"payment_partially_authorized", "partially_authorized", MONEY_NONE,
	MAY_CANCEL | MAY_CAPTURE | ASKS_CONNECTOR},
	{"partially_captured", "payment_captured", "partial_charged", MONEY_PART,
	MAY_REFUND | IS_FINAL},
	{"partially_captured_and_capturable", "payment_captured",
		"partial_charged_and_chargeable", MONEY_PART,
	MAY_CAPTURE | ASKS_CONNECTOR},
	{"partially_captured_and_processing", "payment_processing", "pending",
	MONEY_PART, ASKS_CONNECTOR},
	{"conflicted", "action_required", "integrity_failure", MONEY_KEPT, 0},
	{"expired", "payment_expired", "expired", MONEY_NONE, IS_FINAL},
	{"review", "action_required", "capture_review", MONEY_KEPT, 0},
};

/* Returns what is known of a state, or NULL for a word nobody published. */
const struct intent_status *
intent_status(const char *name)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
	{
		if (strcmp(statuses[i].name, name) == 0)
			return &statuses[i];
	}
	return NULL;
}

/* Tells whether a payment in that state has the property; unknown has none. */
bool
status_permits(const char *name, unsigned flag)
{
	const struct intent_status *known = intent_status(name);

	return known != NULL && (known->flags & flag) != 0;
}
