/*
 * match_states.c
 *		From a match that was found to what became of it. Source: docs/design.md,
 *		"Tracks".
 */
#include "match_states.h"

/* *INDENT-OFF* */
static const VzTransition transitions[] = {
	/* from   event      to           by        guard                                              effects                                          rule */
	{NULL,    "find",    "open",      "worker", "somebody else's track was there, and is the same", "the track that came later is held",             "match"},
	{"open",  "dismiss", "dismissed", "admin",  NULL,                                              "the track is released, if nothing else is open", "decision"},
	{"open",  "uphold",  "upheld",    "admin",  NULL,                                              "the track is taken down",                       "decision"},
	{"open",  "lapse",   "lapsed",    "timer",  "the track was removed, and its audio is gone",    NULL,                                            "purge"},
};
/* *INDENT-ON* */

const VzMachine vz_track_match_machine = {
	.name = "track_match",
	.table = "veza_data.track_match",
	.column = "state",
	.transitions = transitions,
	.ntransitions = VZ_LENGTH(transitions),
	.refusal = VZ_E_INVALID_TRANSITION,
	.hint = "Use veza.track_match_resolve."
};
