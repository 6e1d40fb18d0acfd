/*
 * eligibility.h
 *		The gate in front of distribution.
 */
#ifndef VEZA_ELIGIBILITY_H
#define VEZA_ELIGIBILITY_H

#include "../billing/entitlement.h"
#include "../core/ground/refusal.h"

typedef enum VzGate
{
	VZ_GATE_OPEN,				/* an entitled plan that can distribute */
	VZ_GATE_PENDING_PAYMENT,	/* tried to pay: the way back to the payment */
	VZ_GATE_NOT_ELIGIBLE		/* the upgrade hint */
} VzGate;

typedef struct VzEligibility
{
	VzGate		gate;
	VzEntitlement rights;		/* what it was judged by */
} VzEligibility;

/*
 * Judges the gate for the user. With lock, the user's row is locked until the
 * end of the transaction, so that an activation and a submission see each
 * other; without, it only looks.
 */
extern void vz_eligibility(const pg_uuid_t *user_id, bool lock, VzEligibility *e);

/* The refusal of a closed gate, which tells the user the right next step. */
extern VzRefusal *vz_eligibility_refusal(const VzEligibility *e);

#endif							/* VEZA_ELIGIBILITY_H */
