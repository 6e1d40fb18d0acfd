/*
 * effect.h
 *		The outbox: what must happen outside, written in the transaction that causes it.
 *
 * The relay claims due effects by lease, acts with no transaction open and
 * reports by one call. At least once, with our own idempotency ids.
 */
#ifndef VEZA_EFFECT_H
#define VEZA_EFFECT_H

#include "../ground/foreign.h"
#include "../ground/query.h"

typedef struct VzEffectOrder
{
	const char *kind;			/* one of the kinds in registry.c */
	const pg_uuid_t *subject_id;	/* the row it is about, of the kind's table */
	const char *request;		/* jsonb text: what the relay needs to know; never a secret */
	const char *reason;			/* why, for the timeline */
	bool		waited;			/* this backend will wait for it */
	int			delay_s;
} VzEffectOrder;

/*
 * Queues the effect, or joins the unfinished one of the same kind and subject;
 * returns its id. A waited effect is made due at once.
 */
extern pg_uuid_t vz_effect_queue(const VzEffectOrder *order);

/* Withdraws the unfinished effect of that kind and subject unless it is being carried out. */
extern void vz_effect_withdraw(const char *kind, const pg_uuid_t *subject_id);

/* What the relay reports. */
typedef enum VzOutcome
{
	VZ_OUTCOME_OK,				/* the provider answered; result holds its facts */
	VZ_OUTCOME_REFUSED,			/* the provider refused for good */
	VZ_OUTCOME_UNKNOWN,			/* it may or may not have happened */
	VZ_OUTCOME_NOT_SENT			/* it did not happen */
} VzOutcome;

typedef struct VzEffectResult
{
	pg_uuid_t	effect_id;
	const char *kind;
	pg_uuid_t	subject_id;
	const char *reason;
	TimestampTz asked_at;		/* when the relay set out to ask: the answer is no older than this */
	VzOutcome	outcome;
	bool		is_final;		/* no further attempt will be made by itself */
	const char *error_code;
	const char *error_message;
	Datum		result;			/* jsonb: the provider's facts */
	bool		has_result;
} VzEffectResult;

/* A domain's side of its effects; the kinds are registered in registry.c. */
typedef struct VzEffectKind
{
	const char *kind;
	void		(*apply) (const VzEffectResult *result);
	const VzForeignMember *facts;	/* what is taken of the facts that the relay reports, and stored */
} VzEffectKind;

extern const VzEffectKind vz_effect_kinds[];
extern const int vz_neffect_kinds;

/* Asks to be told of the end of each transaction, to wake then who waits for a result; once per backend. */
extern void vz_effect_init(void);

#endif							/* VEZA_EFFECT_H */
