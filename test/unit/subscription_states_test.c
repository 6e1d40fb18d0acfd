/*
 * subscription_states_test.c
 *		The life of a subscription, against the transition table it was built
 *		from: rules T1 to T34 and the table of illegal pairs.
 */
#include "../../extension/src/billing/subscription_states.h"
#include "machine_check.h"

static const char *const states[] = {"pending_payment", "active", "suspended", "canceled", "expired", NULL};

typedef struct Rule
{
	const char *rule;
	const char *from;
	const char *event;
	const char *to;
} Rule;

static const Rule rules[] = {
	{"T1", NULL, "subscribe_free", "active"},
	{"T2", NULL, "subscribe_paid", "pending_payment"},
	{"T3", "pending_payment", "payment_succeeded", "active"},
	{"T3d", "pending_payment", "payment_duplicate", "expired"},
	{"T3m", "pending_payment", "payment_mismatch", "pending_payment"},
	{"T4", "pending_payment", "payment_failed", "pending_payment"},
	{"T5", "pending_payment", "payment_processing", "pending_payment"},
	{"T6", "pending_payment", "payment_dead", "pending_payment"},
	{"T7", "pending_payment", "payment_action_required", "pending_payment"},
	{"T8", "pending_payment", "recover", "pending_payment"},
	{"T9", "pending_payment", "ttl_reached", "expired"},
	{"T10", "pending_payment", "abandon", "expired"},
	{"T2x", "pending_payment", "superseded", "expired"},
	{"T2f", "active", "superseded", "canceled"},
	{"T11", "pending_payment", "admin_activate", "active"},
	{"T11", "expired", "admin_activate", "active"},
	{"T11", "canceled", "admin_activate", "active"},
	{"T11", "suspended", "admin_activate", "active"},
	{"T16", "active", "cancel_at_period_end", "active"},
	{"T17", "active", "reactivate", "active"},
	{"T18", "active", "cancel_now", "canceled"},
	{"T18", "suspended", "cancel_now", "canceled"},
	{"T19", "active", "period_end", "canceled"},
	{"T30", "suspended", "payment_succeeded", "active"},
	{"T32", "active", "payment_review", "suspended"},
	{"T33", "active", "payment_reversed", "canceled"},
	{"T33", "suspended", "payment_reversed", "canceled"},
	{"T-late", "expired", "payment_succeeded_late", "active"},
	{"T-lateR", "expired", "payment_refund_due", "expired"},
	{"T-lateR", "canceled", "payment_refund_due", "canceled"},
};

/* Pairs that the table of illegal pairs names. */
static const Rule illegal[] = {
	{"recover: E404", NULL, "recover"},
	{"recover: E409n", "active", "recover"},
	{"recover: E409n", "suspended", "recover"},
	{"recover: E409n", "canceled", "recover"},
	{"recover: E409n", "expired", "recover"},
	{"cancel at period end: abandon instead", "pending_payment", "cancel_at_period_end"},
	{"cancel at period end: E409s", "suspended", "cancel_at_period_end"},
	{"cancel at period end: E409s", "canceled", "cancel_at_period_end"},
	{"cancel at period end: E409s", "expired", "cancel_at_period_end"},
	{"reactivate: E409s", "pending_payment", "reactivate"},
	{"reactivate: E409s", "suspended", "reactivate"},
	{"reactivate: E409s", "canceled", "reactivate"},
	{"reactivate: E409s", "expired", "reactivate"},
	{"admin activate: E404", NULL, "admin_activate"},
	{"admin activate: E409a", "active", "admin_activate"},
	{"an active one is not abandoned", "active", "abandon"},
	{"a failed payment never downgrades", "active", "payment_failed"},
	{"an ended one does not end again", "expired", "ttl_reached"},
	{"an ended one does not end again", "canceled", "cancel_now"},
	{"an active one does not time out", "active", "ttl_reached"},
};

/* test_entitlement: what can make a subscription entitled, and what never ends a pending one. */
static void
test_entitlement(void)
{
	const VzMachine *m = &vz_subscription_machine;

	for (int i = 0; i < m->ntransitions; i++)
	{
		const VzTransition *t = &m->transitions[i];
		bool		from_active = t->from != NULL && strcmp(t->from, "active") == 0;

		if (strcmp(t->to, "active") == 0 && !from_active)
			each(strcmp(t->event, "payment_succeeded") == 0 || strcmp(t->event, "payment_succeeded_late") == 0 ||
				 strcmp(t->event, "admin_activate") == 0 || strcmp(t->event, "subscribe_free") == 0,
				 "%s makes an active subscription", t->event);
		if (strcmp(t->event, "payment_failed") == 0 || strcmp(t->event, "payment_dead") == 0)
			each(t->from != NULL && strcmp(t->from, t->to) == 0, "%s changes %s", t->event, t->from);
		if (strcmp(t->by, "provider") == 0)
			each(strncmp(t->event, "payment_", 8) == 0, "the provider causes %s", t->event);
	}
	all("only money, an administrator or a free plan activates; a failed payment never ends anything");
}

int
main(void)
{
	const VzMachine *m = &vz_subscription_machine;

	check_machine(m, states);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		is_text(arrow_to(m, rules[i].from, rules[i].event), rules[i].to, "%s: %s in %s", rules[i].rule,
				rules[i].event, rules[i].from ? rules[i].from : "none");
	for (size_t i = 0; i < sizeof(illegal) / sizeof(illegal[0]); i++)
		is_text(arrow_to(m, illegal[i].from, illegal[i].event), NULL, "%s (%s)", illegal[i].rule,
				illegal[i].from ? illegal[i].from : "none");
	test_entitlement();
	is_number(m->refusal, VZ_E_SUBSCRIPTION_INVALID_STATE, "its refusal is its own");
	return done_testing();
}
