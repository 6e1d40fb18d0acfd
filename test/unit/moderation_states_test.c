/*
 * moderation_states_test.c
 *		The life of a case of moderation.
 */
#include "../../extension/src/social/moderation_states.h"
#include "machine_check.h"

static const char *const states[] = {"open", "hidden", "warned", "closed", "reinstated", NULL};

int
main(void)
{
	const VzMachine *m = &vz_moderation_case_machine;

	check_machine(m, states);
	is_text(arrow_to(m, NULL, "report"), "open", "a case begins when something is reported");
	is_text(arrow_to(m, "open", "hide"), "hidden", "it is hidden");
	is_text(arrow_to(m, "open", "warn"), "warned", "or its owner warned");
	is_text(arrow_to(m, "open", "close"), "closed", "or nothing is wrong with it");
	is_text(arrow_to(m, "hidden", "reinstate"), "reinstated", "what was hidden may be shown again");
	is_text(arrow_to(m, "warned", "hide"), NULL, "what was decided is decided: it takes another report");
	is_text(arrow_to(m, "closed", "reinstate"), NULL, "what was never hidden is not shown again");
	return done_testing();
}
