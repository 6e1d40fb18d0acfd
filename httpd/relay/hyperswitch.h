/*
 * hyperswitch.h
 *		Speaking with the payment provider: Hyperswitch's wire format.
 *
 * Pure but for jansson: makes requests out of what the database ordered and
 * reads answers; who sends them is not its business. What an answer means to
 * a subscription, the database decides.
 */
#ifndef VEZA_HYPERSWITCH_H
#define VEZA_HYPERSWITCH_H

#include <jansson.h>
#include <stdbool.h>

/* The next call to make for an order. */
typedef struct PspCall
{
	const char *method;
	char		path[160];		/* after the base address */
	char	   *body;			/* malloc'd, or NULL */
	bool		is_slow;		/* it may reach a bank */
} PspCall;

/* What the order has come to. */
typedef struct PspOutcome
{
	const char *word;			/* ok, refused, unknown or not_sent */
	int			http_status;
	char		error_code[80];
	char		error_message[300];
	json_t	   *facts;			/* without secrets; NULL unless ok */
	char	   *secret;			/* the client secret, or NULL */
	bool		is_failure;		/* no sensible answer: counts against the circuit, once per subject */
	bool		is_wrong_key;	/* our key was not accepted */
} PspOutcome;

/* An order on its way. */
typedef struct PspOrder
{
	const char *kind;			/* psp_create and so on */
	json_t	   *request;		/* what the database says */
	const char *profile_id;		/* or NULL */
	bool		may_have_been_sent;
	enum
	{
		PSP_STEP_START,
		PSP_STEP_LOOK,			/* asked first whether it is there */
		PSP_STEP_ACT,			/* sent the order itself */
		PSP_STEP_READ			/* asked what became of it */
	}			step;
} PspOrder;

/* The first call of an order. False: the order makes no sense. */
extern bool psp_begin(PspOrder *order, PspCall *call);

/*
 * Takes the answer to the last call: either fills in the next call and
 * returns true, or fills in the outcome and returns false.
 */
extern bool psp_continue(PspOrder *order, int status, const char *body, size_t length,
						 PspCall *call, PspOutcome *outcome);

/* The word for a call that was not carried out, given what earlier calls of the order have sent. */
extern const char *psp_not_sent(const PspOrder *order);

/* An order that changes nothing and shows whether the provider works: a question about a payment that nobody has. */
extern void psp_probe_order(PspOrder *order);

/* What an ended probe has found: works, reachable, credentials. */
extern json_t *psp_probe_facts(const PspOutcome *outcome);

/* Frees facts and secret, not the outcome itself, and empties it. */
extern void psp_outcome_free(PspOutcome *outcome);

#endif							/* VEZA_HYPERSWITCH_H */
