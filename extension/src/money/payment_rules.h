/*
 * payment_rules.h
 *		What the provider's words mean, and which of its reports are believed.
 *
 * Pure: no server header. Source: docs/design.md, "Payments", merge rule.
 */
#ifndef VEZA_PAYMENT_RULES_H
#define VEZA_PAYMENT_RULES_H

#include <stdbool.h>
#include <stdint.h>

/* Our payment state for the provider's status; an unknown word is "review". */
extern const char *vz_payment_state_of(const char *psp_status);

/* The event of machine payment that reports this state. */
extern const char *vz_payment_event_of(const char *state);

/* Our refund event for the provider's refund status; an unknown word is "psp_review". */
extern const char *vz_refund_event_of(const char *psp_status);

typedef enum VzMerge
{
	VZ_MERGE_SAME,				/* nothing new */
	VZ_MERGE_APPLY,
	VZ_MERGE_IGNORE,			/* older news, or news about settled money */
	VZ_MERGE_ASK				/* contradictory: ask the provider and apply what it says */
} VzMerge;

/*
 * What to do with a report. asked: the provider answered our own question
 * (create, retrieve, cancel), so the report is its present state; otherwise
 * it is a webhook, which may be old, doubled or out of order.
 */
extern VzMerge vz_payment_merge(const char *state, const char *reported, bool asked);

/* Does the provider's word for a payment under review say that money was taken? */
extern bool vz_status_means_money(const char *psp_status);

/* Is it an id as the provider makes them, 1 to 64 of A-Z a-z 0-9 _ -? It becomes part of addresses. */
extern bool vz_is_psp_id(const char *text);

/* Is the state one in which no more money can arrive by itself? */
extern bool vz_payment_is_dead(const char *state);

/* Does reconciliation still have to ask about it? */
extern bool vz_payment_is_open(const char *state);

/* May money have been taken already, although we do not know that it was? */
extern bool vz_payment_may_be_paid(const char *state);

/* The seconds of a comma-separated schedule at this step; the last one repeats. */
extern int64_t vz_schedule_seconds(const char *schedule, int step);

/* Reads minor units: decimal digits only, at most 18. */
extern bool vz_parse_minor(const char *text, int64_t *minor);

/*
 * Reads "YYYY-MM-DDTHH:MM:SS[.ffffff][Z]" as microseconds since
 * 2000-01-01T00:00:00Z; false for anything else, impossible dates included.
 */
extern bool vz_parse_iso8601(const char *text, int64_t *microseconds);

#endif							/* VEZA_PAYMENT_RULES_H */
