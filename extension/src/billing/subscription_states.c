/*
 * subscription_states.c
 *		The life of a subscription. Source: docs/design.md, "Payments"; the rule
 *		column carries the names of the transition table there.
 *
 * The heart is pending_payment: a user who tried to pay always finds the way
 * back, a failed attempt never ends it, only time or the user does, and money
 * that arrives late revives it or is returned.
 */
#include "subscription_states.h"

/* *INDENT-OFF* */
static const VzTransition transitions[] = {
	/* from              event                     to                 by          guard and effects, in words, and the rule's name */
	{NULL,               "subscribe_paid",         "pending_payment", "user",     "provider usable, no live paid subscription",        "a payment is prepared and created at the provider", "T2"},
	{NULL,               "subscribe_free",         "active",          "user",     "plan is free, no live subscription",                "pending ones are superseded", "T1"},

	{"pending_payment",  "recover",                "pending_payment", "user",     "owner, provider usable",                            "the provider is asked; same payment while it can take money", "T8"},
	{"pending_payment",  "payment_succeeded",      "active",          "provider", "amount and currency match, no other live paid one", "period starts; pending siblings and a free row are superseded", "T3"},
	{"pending_payment",  "payment_duplicate",      "expired",         "provider", "another paid subscription is live",                 "full refund", "T3d"},
	{"pending_payment",  "payment_unserved",       "expired",         "provider", "the account is suspended or has ended",             "full refund", "T3a"},
	{"pending_payment",  "payment_mismatch",       "pending_payment", "provider", "amount or currency differ",                         "the payment goes under review; nothing is activated", "T3m"},
	{"pending_payment",  "payment_failed",         "pending_payment", "provider", NULL,                                                "the user may recover", "T4"},
	{"pending_payment",  "payment_processing",     "pending_payment", "provider", NULL,                                                "expiry waits for the outcome", "T5"},
	{"pending_payment",  "payment_dead",           "pending_payment", "provider", "cancelled or expired at the provider",              "recovery makes the next attempt", "T6"},
	{"pending_payment",  "payment_action_required", "pending_payment", "provider", NULL,                                                NULL, "T7"},
	{"pending_payment",  "payment_review",         "pending_payment", "provider", NULL,                                                "nothing is activated", "T7"},
	{"pending_payment",  "ttl_reached",            "expired",         "timer",    "the provider confirmed: not paid, not processing",  "the payment is cancelled at the provider", "T9"},
	{"pending_payment",  "abandon",                "expired",         "user",     "owner",                                             "the payment is cancelled at the provider", "T10"},
	{"pending_payment",  "superseded",             "expired",         "rule",     "another subscription of the user became active",    "the payment is cancelled at the provider", "T2x"},
	{"pending_payment",  "admin_activate",         "active",          "admin",    "reason given, no live paid one elsewhere",          "not charged; an open payment is cancelled", "T11"},

	{"active",           "cancel_at_period_end",   "active",          "user",     "a period that ends",                                "cancel_at_period_end is set", "T16"},
	{"active",           "reactivate",             "active",          "user",     "cancel_at_period_end, period not over",             "cancel_at_period_end is cleared", "T17"},
	{"active",           "cancel_now",             "canceled",        "user",     NULL,                                                NULL, "T18"},
	{"active",           "period_end",             "canceled",        "timer",    "the period is over and nothing pays the next",      NULL, "T19"},
	{"active",           "superseded",             "canceled",        "rule",     "free, and a paid one became active",                NULL, "T2f"},
	{"active",           "payment_refund_due",     "active",          "provider", "a second payment of the subscription succeeded",    "full refund of that payment", "T3d"},
	{"active",           "payment_review",         "suspended",       "provider", "of the payment that activated it",                  "entitlement pauses", "T32"},
	{"active",           "payment_reversed",       "canceled",        "provider", "of the payment that activated it",                  "entitlement ends", "T33"},

	{"suspended",        "payment_succeeded",      "active",          "provider", "the review ended well",                             NULL, "T30"},
	{"suspended",        "payment_reversed",       "canceled",        "provider", NULL,                                                NULL, "T33"},
	{"suspended",        "payment_refund_due",     "suspended",       "provider", "a second payment of the subscription succeeded",    "full refund of that payment", "T3d"},
	{"suspended",        "admin_activate",         "active",          "admin",    "reason given",                                      NULL, "T11"},
	{"suspended",        "cancel_now",             "canceled",        "user",     NULL,                                                NULL, "T18"},

	{"expired",          "payment_succeeded_late", "active",          "provider", "within the revive window, same price, no live paid one", "period starts", "T-late"},
	{"expired",          "payment_refund_due",     "expired",         "provider", "otherwise",                                         "full refund", "T-lateR"},
	{"expired",          "admin_activate",         "active",          "admin",    "reason given, no live paid one elsewhere",          "not charged", "T11"},

	{"canceled",         "payment_refund_due",     "canceled",        "provider", "a payment of it succeeded after its end",           "full refund", "T-lateR"},
	{"canceled",         "admin_activate",         "active",          "admin",    "reason given, no live paid one elsewhere",          "not charged", "T11"},
};
/* *INDENT-ON* */

const VzMachine vz_subscription_machine = {
	.name = "subscription",
	.table = "veza_data.subscription",
	.column = "status",
	.transitions = transitions,
	.ntransitions = VZ_LENGTH(transitions),
	.refusal = VZ_E_SUBSCRIPTION_INVALID_STATE,
	.hint = "Use the functions veza.subscription_*: complete, abandon, cancel, reactivate, activate; see veza.state_machine."
};
