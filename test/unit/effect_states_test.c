/*
 * effect_states_test.c
 *		The life of an effect: at least once, by lease, with a dead-letter state.
 */
#include "../../extension/src/core/effects/effect_states.h"
#include "machine_check.h"

static const char *const states[] = {"queued", "leased", "done", "dead", NULL};

int
main(void)
{
	const VzMachine *m = &vz_effect_machine;

	check_machine(m, states);
	is_text(arrow_to(m, NULL, "queue"), "queued", "an effect begins as queued");
	is_text(arrow_to(m, "queued", "claim"), "leased", "a relay claims it");
	is_text(arrow_to(m, "leased", "claim"), "leased", "another one takes it over when the lease has run out");
	is_text(arrow_to(m, "leased", "succeed"), "done", "what succeeded is done");
	is_text(arrow_to(m, "leased", "retry"), "queued", "what had no outcome is due again");
	is_text(arrow_to(m, "leased", "refuse"), "dead", "what was refused is dead");
	is_text(arrow_to(m, "leased", "give_up"), "dead", "what failed too often is dead");
	is_text(arrow_to(m, "dead", "retry_dead"), "queued", "an operator brings the dead back");
	is_text(arrow_to(m, "done", "claim"), NULL, "what is done is not done again");
	is_text(arrow_to(m, "dead", "claim"), NULL, "what is dead is not claimed");
	is_text(arrow_to(m, "leased", "withdraw"), NULL, "what a relay works on is not withdrawn");
	return done_testing();
}
