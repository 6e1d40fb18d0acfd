/*
 * track_states_test.c
 *		The life of a version of a track.
 */
#include "../../extension/src/track/track_states.h"
#include "machine_check.h"

static const char *const states[] = {"received", "scanning", "analysing", "ready", "failed", "quarantined", NULL};

int
main(void)
{
	const VzMachine *m = &vz_track_version_machine;

	check_machine(m, states);
	is_text(arrow_to(m, NULL, "receive"), "received", "a version begins when its file has arrived");
	is_text(arrow_to(m, "received", "analysed"), NULL, "nothing is played that was not scanned");
	is_text(arrow_to(m, "scanning", "analysed"), NULL, "nor while it is");
	is_text(arrow_to(m, "analysing", "analysed"), "ready", "what was scanned and analysed is");
	is_text(arrow_to(m, "ready", "infected"), "quarantined", "unless it proves to be infected later");
	is_text(arrow_to(m, "quarantined", "reprocess"), NULL, "from where there is no way back: the file is gone");
	is_text(arrow_to(m, "failed", "reprocess"), "received", "what failed may begin anew");
	return done_testing();
}
