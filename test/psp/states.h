/*
 * states.h
 *	  The seventeen states of a payment and what each of them permits.
 */
#ifndef PSPSIM_STATES_H
#define PSPSIM_STATES_H

#include <stdbool.h>

/* What may be done to a payment in this state. */
#define MAY_CONFIRM		0x01
#define MAY_UPDATE		0x02
#define MAY_CANCEL		0x04
#define MAY_CAPTURE		0x08
#define MAY_REFUND		0x10
#define IS_FINAL		0x20
#define ASKS_CONNECTOR	0x40	/* force_sync really asks */

/* What a payment in this state says of money. */
enum money
{
	MONEY_NONE,					/* nothing was received */
	MONEY_ALL,					/* the whole amount was received */
	MONEY_PART,					/* some of it */
	MONEY_KEPT,					/* whatever was received before */
	MONEY_REVERSED				/* as before, but given back since */
};

struct intent_status
{
	const char *name;
	const char *event_type;		/* NULL: entering it is not announced */
	const char *attempt_status;
	enum money	money;
	unsigned	flags;
};

extern const struct intent_status *intent_status(const char *name);
extern bool status_permits(const char *name, unsigned flag);

#endif
