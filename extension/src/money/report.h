/*
 * report.h
 *		Who brings the provider's facts, and how old they may be.
 */
#ifndef VEZA_REPORT_H
#define VEZA_REPORT_H

#include "../core/machine/transition.h"

typedef struct VzReport
{
	const char *source;			/* webhook, create, retrieve, cancel, operator */
	bool		asked;			/* the provider's present state, not perhaps an old one */
	TimestampTz asked_at;		/* present when the question was asked */
	const char *psp_event_id;	/* of a webhook */
	const char *reason;			/* of the question: recovery, reconcile, expiry ... */
} VzReport;

/* What the history says of a transition that the report has caused, about this payment. */
static inline VzTransitionNote
vz_report_note(const VzReport *report, const pg_uuid_t *payment_id)
{
	return (VzTransitionNote)
	{
		.source = report->source, .reason = report->reason, .payment_id = payment_id,
			.psp_event_id = report->psp_event_id
	};
}

#endif							/* VEZA_REPORT_H */
