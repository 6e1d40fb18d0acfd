/*
 * moderation_states.c
 *		The life of a case of moderation. Source: docs/design.md, "Comments, reports and the feed".
 */
#include "moderation_states.h"

/* *INDENT-OFF* */
static const VzTransition transitions[] = {
	/* from           event         to             by           guard                                           effects                                                  rule */
	{NULL,            "report",     "open",        "user",      "the reporter sees it, and it is not own",      "others who report it join the case",                    "report"},
	{"open",          "hide",       "hidden",      "admin",     NULL,                                           "nobody sees it; its owner is told why, reporters that it was decided", "decide"},
	{"open",          "warn",       "warned",      "admin",     NULL,                                           "its owner is told why, reporters that it was decided",  "decide"},
	{"open",          "close",      "closed",      "admin",     NULL,                                           "reporters are told that it was decided",                "decide"},
	{"open",          "leave",      "closed",      "rule",      "the account of its owner ends",                "reporters are told that it was decided",                "leave"},
	{"hidden",        "reinstate",  "reinstated",  "admin",     NULL,                                           "it is seen again; its owner is told",                   "reinstate"},
};
/* *INDENT-ON* */

const VzMachine vz_moderation_case_machine = {
	.name = "moderation_case",
	.table = "veza_data.moderation_case",
	.column = "state",
	.transitions = transitions,
	.ntransitions = VZ_LENGTH(transitions),
	.refusal = VZ_E_CASE_DECIDED,
	.hint = "Use veza.report_create; moderators decide by veza.moderation_hide, moderation_warn, moderation_close and moderation_reinstate."
};
