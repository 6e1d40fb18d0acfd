/*
 * match_states_test.c
 *		From a match that was found to what became of it.
 */
#include "../../extension/src/track/match_states.h"
#include "machine_check.h"

static const char *const states[] = {"open", "dismissed", "upheld", "lapsed", NULL};

int
main(void)
{
	const VzMachine *m = &vz_track_match_machine;

	check_machine(m, states);
	is_text(arrow_to(m, NULL, "find"), "open", "what is found waits for a decision");
	is_text(arrow_to(m, "open", "uphold"), "upheld", "which takes the track down");
	is_text(arrow_to(m, "open", "dismiss"), "dismissed", "or lets it go");
	is_text(arrow_to(m, "dismissed", "uphold"), NULL, "and is made once");
	return done_testing();
}
