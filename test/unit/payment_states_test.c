/*
 * payment_states_test.c
 *		The lives of a payment and of a refund.
 */
#include "../../extension/src/money/payment_states.h"
#include "machine_check.h"

static const char *const payment_states[] = {"prepared", "open", "processing", "succeeded", "failed",
"cancelled", "expired", "review", "reversed", NULL};
static const char *const refund_states[] = {"requested", "pending", "review", "succeeded", "failed", NULL};

/* is_final says whether no arrow leaves the state for another one. */
static bool
is_final(const VzMachine *m, const char *state)
{
	for (int i = 0; i < m->ntransitions; i++)
	{
		const VzTransition *t = &m->transitions[i];

		if (t->from != NULL && strcmp(t->from, state) == 0 && strcmp(t->to, state) != 0)
			return false;
	}
	return true;
}

/* test_payment: every report leads to the state it names, and money that came never goes unnoticed. */
static void
test_payment(void)
{
	const VzMachine *m = &vz_payment_machine;

	for (int i = 0; i < m->ntransitions; i++)
	{
		const VzTransition *t = &m->transitions[i];

		if (strncmp(t->event, "psp_", 4) != 0)
			continue;
		each(strcmp(t->event + 4, t->to) == 0, "%s leads to %s", t->event, t->to);
		each(strcmp(t->by, "provider") == 0, "%s is by %s", t->event, t->by);
		each(t->from == NULL || strcmp(t->from, t->to) != 0, "%s in %s changes nothing", t->event, t->from);
	}
	all("a report leads to the state that it names, and only to another one");
	ok(is_final(m, "reversed"), "what was reversed stays reversed");
	for (int i = 0; payment_states[i] != NULL; i++)
	{
		const char *s = payment_states[i];

		each(strcmp(s, "succeeded") == 0 || strcmp(s, "reversed") == 0 || arrow_to(m, s, "psp_succeeded") != NULL,
			 "a success in %s has no arrow", s);
		each(strcmp(s, "reversed") == 0 || arrow_to(m, s, "psp_reversed") != NULL, "a reversal in %s has no arrow", s);
		each(strcmp(s, "prepared") == 0 || arrow_to(m, s, "discard") == NULL, "%s can be discarded", s);
	}
	all("money that arrives or goes back is taken note of in every state");
	for (int i = 0; payment_states[i] != NULL; i++)
	{
		const char *s = payment_states[i];
		char		event[32];

		snprintf(event, sizeof(event), "psp_%s", s);
		each((arrow_to(m, "succeeded", event) != NULL) == (strcmp(s, "review") == 0 || strcmp(s, "reversed") == 0),
			 "%s in succeeded", event);
	}
	all("a succeeded payment never regresses");
}

/* test_refund: a refund ends in success; a failed one is tried again. */
static void
test_refund(void)
{
	const VzMachine *m = &vz_refund_machine;

	ok(is_final(m, "succeeded"), "a refund that succeeded stays so");
	for (int i = 0; refund_states[i] != NULL; i++)
		each(strcmp(refund_states[i], "succeeded") == 0 || arrow_to(m, refund_states[i], "psp_succeeded") != NULL,
			 "%s cannot succeed", refund_states[i]);
	all("a refund can succeed from every other state");
	is_text(arrow_to(m, "failed", "retry"), "failed", "an operator retries a failed refund");
	is_text(arrow_to(m, "succeeded", "retry"), NULL, "and no other");
	is_text(arrow_to(m, "requested", "retry"), NULL, "not one under way either");
}

int
main(void)
{
	check_machine(&vz_payment_machine, payment_states);
	check_machine(&vz_refund_machine, refund_states);
	test_payment();
	test_refund();
	return done_testing();
}
