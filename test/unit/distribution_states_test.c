/*
 * distribution_states_test.c
 *		The life of a submission.
 */
#include "../../extension/src/distribution/distribution_states.h"
#include "machine_check.h"

static const char *const states[] = {"submitted", "withdrawn", NULL};

int
main(void)
{
	const VzMachine *m = &vz_distribution_machine;

	check_machine(m, states);
	is_text(arrow_to(m, NULL, "submit"), "submitted", "a submission begins as submitted");
	is_text(arrow_to(m, "submitted", "withdraw"), "withdrawn", "its owner withdraws it");
	is_text(arrow_to(m, "withdrawn", "submit"), NULL, "a withdrawn one does not come back: a new one is made");
	return done_testing();
}
