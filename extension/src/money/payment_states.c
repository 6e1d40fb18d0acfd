/*
 * payment_states.c
 *		The life of a payment and of a refund. Source: docs/design.md, "Payments".
 *
 * Which of the provider's reports are believed is decided by the merge rule
 * in payment_rules.c; only then an arrow is taken.
 */
#include "payment_states.h"

/* *INDENT-OFF* */
static const VzTransition payment_transitions[] = {
	/* from         event             to            by          guard                               effects  rule */
	{NULL,          "prepare",        "prepared",   "rule",     "no other attempt can take money",  NULL, "T2"},

	{"prepared",    "discard",        "cancelled",  "rule",     "the provider was never asked",     NULL, "T10"},
	{"prepared",    "psp_open",       "open",       "provider", NULL,                               NULL, "merge"},
	{"prepared",    "psp_processing", "processing", "provider", NULL,                               NULL, "merge"},
	{"prepared",    "psp_succeeded",  "succeeded",  "provider", NULL,                               NULL, "merge"},
	{"prepared",    "psp_failed",     "failed",     "provider", NULL,                               NULL, "merge"},
	{"prepared",    "psp_cancelled",  "cancelled",  "provider", NULL,                               NULL, "merge"},
	{"prepared",    "psp_expired",    "expired",    "provider", NULL,                               NULL, "merge"},
	{"prepared",    "psp_reversed",   "reversed",   "provider", NULL,                               NULL, "merge"},
	{"prepared",    "psp_review",     "review",     "provider", NULL,                               NULL, "merge"},

	{"open",        "psp_processing", "processing", "provider", NULL,                               NULL, "merge"},
	{"open",        "psp_succeeded",  "succeeded",  "provider", NULL,                               NULL, "merge"},
	{"open",        "psp_failed",     "failed",     "provider", NULL,                               NULL, "merge"},
	{"open",        "psp_cancelled",  "cancelled",  "provider", NULL,                               NULL, "merge"},
	{"open",        "psp_expired",    "expired",    "provider", NULL,                               NULL, "merge"},
	{"open",        "psp_reversed",   "reversed",   "provider", NULL,                               NULL, "merge"},
	{"open",        "psp_review",     "review",     "provider", NULL,                               NULL, "merge"},

	{"processing",  "psp_open",       "open",       "provider", "the provider was asked",           NULL, "merge"},
	{"processing",  "psp_succeeded",  "succeeded",  "provider", NULL,                               NULL, "merge"},
	{"processing",  "psp_failed",     "failed",     "provider", NULL,                               NULL, "merge"},
	{"processing",  "psp_cancelled",  "cancelled",  "provider", NULL,                               NULL, "merge"},
	{"processing",  "psp_expired",    "expired",    "provider", NULL,                               NULL, "merge"},
	{"processing",  "psp_reversed",   "reversed",   "provider", NULL,                               NULL, "merge"},
	{"processing",  "psp_review",     "review",     "provider", NULL,                               NULL, "merge"},

	{"failed",      "psp_open",       "open",       "provider", "the provider was asked",           NULL, "merge"},
	{"failed",      "psp_processing", "processing", "provider", "the provider was asked",           NULL, "merge"},
	{"failed",      "psp_cancelled",  "cancelled",  "provider", "the provider was asked",           NULL, "merge"},
	{"failed",      "psp_expired",    "expired",    "provider", "the provider was asked",           NULL, "merge"},
	{"failed",      "psp_succeeded",  "succeeded",  "provider", "the money is real",                NULL, "merge"},
	{"failed",      "psp_reversed",   "reversed",   "provider", NULL,                               NULL, "merge"},
	{"failed",      "psp_review",     "review",     "provider", NULL,                               NULL, "merge"},

	{"cancelled",   "psp_open",       "open",       "provider", "the provider was asked",           NULL, "merge"},
	{"cancelled",   "psp_processing", "processing", "provider", "the provider was asked",           NULL, "merge"},
	{"cancelled",   "psp_failed",     "failed",     "provider", "the provider was asked",           NULL, "merge"},
	{"cancelled",   "psp_expired",    "expired",    "provider", "the provider was asked",           NULL, "merge"},
	{"cancelled",   "psp_succeeded",  "succeeded",  "provider", "the money is real",                NULL, "merge"},
	{"cancelled",   "psp_reversed",   "reversed",   "provider", NULL,                               NULL, "merge"},
	{"cancelled",   "psp_review",     "review",     "provider", NULL,                               NULL, "merge"},

	{"expired",     "psp_open",       "open",       "provider", "the provider was asked",           NULL, "merge"},
	{"expired",     "psp_processing", "processing", "provider", "the provider was asked",           NULL, "merge"},
	{"expired",     "psp_failed",     "failed",     "provider", "the provider was asked",           NULL, "merge"},
	{"expired",     "psp_cancelled",  "cancelled",  "provider", "the provider was asked",           NULL, "merge"},
	{"expired",     "psp_succeeded",  "succeeded",  "provider", "the money is real",                NULL, "merge"},
	{"expired",     "psp_reversed",   "reversed",   "provider", NULL,                               NULL, "merge"},
	{"expired",     "psp_review",     "review",     "provider", NULL,                               NULL, "merge"},

	{"review",      "psp_open",       "open",       "provider", "the provider was asked",           NULL, "merge"},
	{"review",      "psp_processing", "processing", "provider", "the provider was asked",           NULL, "merge"},
	{"review",      "psp_failed",     "failed",     "provider", "the provider was asked",           NULL, "merge"},
	{"review",      "psp_cancelled",  "cancelled",  "provider", "the provider was asked",           NULL, "merge"},
	{"review",      "psp_expired",    "expired",    "provider", "the provider was asked",           NULL, "merge"},
	{"review",      "psp_succeeded",  "succeeded",  "provider", "the provider was asked",           NULL, "merge"},
	{"review",      "psp_reversed",   "reversed",   "provider", NULL,                               NULL, "merge"},
	{"review",      "settle",         "succeeded",  "operator", "veza.settle_review, money was received", "what it pays for gets it, or it goes back", "T32o"},

	{"succeeded",   "psp_review",     "review",     "provider", "the provider was asked",           NULL, "merge"},
	{"succeeded",   "psp_reversed",   "reversed",   "provider", NULL,                               NULL, "merge"},
};

static const VzTransition refund_transitions[] = {
	/* from         event            to            by          guard                        effects                        rule */
	{NULL,          "request",       "requested",  "rule",     "a succeeded payment",       "the provider is asked",       "T3d, T-lateR"},
	{NULL,          "psp_found",     "pending",    "provider", "it was made there, not by us", NULL,                       "T26"},
	{"requested",   "withdraw",      "failed",     "rule",     "the money went back another way, no relay has begun", "the provider is not asked", "T26"},
	{"requested",   "psp_pending",   "pending",    "provider", NULL,                        NULL,                          "refund"},
	{"requested",   "psp_review",    "review",     "provider", NULL,                        NULL,                          "refund"},
	{"requested",   "psp_succeeded", "succeeded",  "provider", NULL,                        NULL,                          "refund"},
	{"requested",   "psp_failed",    "failed",     "provider", NULL,                        NULL,                          "T28"},
	{"pending",     "psp_review",    "review",     "provider", NULL,                        NULL,                          "refund"},
	{"pending",     "psp_succeeded", "succeeded",  "provider", NULL,                        NULL,                          "refund"},
	{"pending",     "psp_failed",    "failed",     "provider", NULL,                        NULL,                          "T28"},
	{"review",      "psp_pending",   "pending",    "provider", NULL,                        NULL,                          "refund"},
	{"review",      "psp_succeeded", "succeeded",  "provider", NULL,                        NULL,                          "refund"},
	{"review",      "psp_failed",    "failed",     "provider", NULL,                        NULL,                          "T28"},
	{"failed",      "psp_succeeded", "succeeded",  "provider", "no later attempt",          NULL,                          "refund"},
	{"failed",      "retry",         "failed",     "operator", "veza.retry_refund",         "the next attempt is made",    "T28"},
};
/* *INDENT-ON* */

const VzMachine vz_payment_machine = {
	.name = "payment",
	.table = "veza_data.payment",
	.column = "state",
	.transitions = payment_transitions,
	.ntransitions = VZ_LENGTH(payment_transitions),
	.refusal = VZ_E_INVALID_TRANSITION,
	.hint = "A payment's state is the provider's; CALL veza.reconcile_payment(id) asks the provider, and veza.settle_review(id, decision, reason) ends a review."
};

const VzMachine vz_refund_machine = {
	.name = "refund",
	.table = "veza_data.refund",
	.column = "state",
	.transitions = refund_transitions,
	.ntransitions = VZ_LENGTH(refund_transitions),
	.refusal = VZ_E_INVALID_TRANSITION,
	.hint = "A refund's state is the provider's; CALL veza.retry_refund(id, reason) makes the next attempt of a failed one."
};
