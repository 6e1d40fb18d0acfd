/*
 * entitlement.h
 *		What a user's subscriptions entitle to, and the way back to a stalled one.
 */
#ifndef VEZA_ENTITLEMENT_H
#define VEZA_ENTITLEMENT_H

#include "../core/ground/query.h"

typedef struct VzEntitlement
{
	bool		has_live;		/* a subscription that is active or suspended: */
	pg_uuid_t	subscription_id;
	char	   *plan;			/* its plan's name, or NULL */
	bool		is_entitled;	/* active, its period not over */
	bool		is_paid;		/* it has a price */
	bool		can_distribute; /* its plan includes distribution */
	bool		has_pending;	/* one that waits for its payment; the newest: */
	pg_uuid_t	pending_id;
	char	   *pending_plan;
	bool		pending_plan_can_distribute;
	char	   *payment_state;	/* of its payment that counts */
} VzEntitlement;

/* Reads what the user has now. It stays so until the end of the transaction when the user is locked. */
extern VzEntitlement vz_entitlement(const pg_uuid_t *user_id);

/* What a plan allows. */
typedef struct VzPlanLimits
{
	char	   *plan;			/* its name */
	int64		max_file_bytes;
	int64		max_duration_ms;	/* 0: any */
	int64		uploads_per_month;
	int64		storage_bytes;
} VzPlanLimits;

/* What the user's plan allows, or the free plan when no subscription entitles. */
extern VzPlanLimits vz_plan_limits(const pg_uuid_t *user_id);

/* The owner's URL to complete a pending subscription. */
extern char *vz_complete_url(const pg_uuid_t *subscription_id);

#endif							/* VEZA_ENTITLEMENT_H */
