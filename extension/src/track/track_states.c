/*
 * track_states.c
 *		The life of a version of a track. Source: docs/design.md, "Tracks".
 */
#include "track_states.h"

/* *INDENT-OFF* */
static const VzTransition transitions[] = {
	/* from           event         to             by          guard                                            effects                                    rule */
	{NULL,            "receive",    "received",    "user",     "within the plan's limits, not there already",   "the track is made, or has one more version", "receive"},
	{"received",      "claim",      "scanning",    "worker",   NULL,                                            NULL,                                      "lease"},
	{"scanning",      "claim",      "scanning",    "worker",   "the lease before has run out",                  NULL,                                      "lease"},
	{"scanning",      "clean",      "analysing",   "worker",   "the scanner said so",                           NULL,                                      "scan"},
	{"scanning",      "unscanned",  "analysing",   "worker",   "the scanner could not be asked, and need not",  "another scan later",                      "scan"},
	{"scanning",      "infected",   "quarantined", "worker",   NULL,                                            "on record in the audit log",              "scan"},
	{"scanning",      "retry",      "received",    "worker",   "it failed, and not three times",                NULL,                                      "tries"},
	{"scanning",      "give_up",    "failed",      "worker",   "it failed three times",                         NULL,                                      "tries"},
	{"scanning",      "release",    "received",    "worker",   "nothing was done, and it is no try",            NULL,                                      "lease"},
	{"analysing",     "release",    "analysing",   "worker",   "nothing was done, and it is no try",            NULL,                                      "lease"},
	{"analysing",     "claim",      "analysing",   "worker",   "no lease, or one that has run out",             NULL,                                      "lease"},
	{"analysing",     "analysed",   "ready",       "worker",   "within the plan's duration",                    "it is the version that is played",        "analysis"},
	{"analysing",     "refuse",     "failed",      "worker",   "no audio that can be decoded, or too long",     NULL,                                      "analysis"},
	{"analysing",     "retry",      "analysing",   "worker",   "it failed, and not three times",                NULL,                                      "tries"},
	{"analysing",     "give_up",    "failed",      "worker",   "it failed three times",                         NULL,                                      "tries"},
	{"ready",         "infected",   "quarantined", "worker",   "it was scanned again",                          "on record in the audit log",              "scan"},
	{"failed",        "reprocess",  "received",    "operator", NULL,                                            NULL,                                      "reprocess"},
};
/* *INDENT-ON* */

const VzMachine vz_track_version_machine = {
	.name = "track_version",
	.table = "veza_data.track_version",
	.column = "state",
	.transitions = transitions,
	.ntransitions = VZ_LENGTH(transitions),
	.refusal = VZ_E_INVALID_TRANSITION,
	.hint = "Use veza.track_create, veza.track_version_create and veza.track_reprocess; workers report by veza.track_report_scan and veza.track_report_analysis."
};
