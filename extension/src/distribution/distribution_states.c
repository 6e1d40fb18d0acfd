/*
 * distribution_states.c
 *		The life of a submission. Source: docs/design.md, "Distribution".
 */
#include "distribution_states.h"

/* *INDENT-OFF* */
static const VzTransition transitions[] = {
	/* from        event        to           by      guard                                           effects  rule */
	{NULL,         "submit",    "submitted", "user", "the gate passes, creator role, own track",     NULL,    "gate"},
	{"submitted",  "withdraw",  "withdrawn", "user", "owner",                                        NULL,    "withdraw"},
};
/* *INDENT-ON* */

const VzMachine vz_distribution_machine = {
	.name = "distribution",
	.table = "veza_data.distribution",
	.column = "status",
	.transitions = transitions,
	.ntransitions = VZ_LENGTH(transitions),
	.refusal = VZ_E_INVALID_TRANSITION,
	.hint = "Use veza.distribution_submit and veza.distribution_cancel."
};
