/*
 * refunds.c
 *	  What can be done about a refund.
 *
 * Source: the refund rules of the PSP's v1 API: our id is the key for ever, and
 * all refunds that did not fail together never exceed what was captured.
 */
#include "refunds.h"

#include <string.h>

#include "clock.h"
#include "fields.h"
#include "states.h"
#include "webhook.h"

#define MOST_REFUNDS 10			/* attempts per payment */
#define LEAST_REFUND 100		/* minor units, as published */

/* Adds up what the refunds of a payment took or may still take. */
static int64_t
claimed_by_refunds(const struct payment *payment, int *attempts)
{
	int64_t		sum = 0;

	*attempts = 0;
	for (size_t i = 0; i < ledger.refunds.count; i++)
	{
		const struct refund *refund = ledger_refund_at(i);

		if (!refund->exists || strcmp(refund->payment_id, payment->id) != 0)
			continue;
		(*attempts)++;
		if (strcmp(refund->status, "failed") != 0)
			sum += refund->amount;
	}
	return sum;
}

/* Puts a refund in a state and queues its event when there is one. */
void
refund_become(struct refund *refund, const char *status, bool announce)
{
	copy_text(refund->status, sizeof(refund->status), status);
	refund->updated_ms = clock_now_ms();
	if (announce && strcmp(status, "succeeded") == 0)
		webhook_announce_refund(refund, "refund_succeeded");
	if (announce && strcmp(status, "failed") == 0)
		webhook_announce_refund(refund, "refund_failed");
	ledger_changed();
}

/* Creates the refund under that id, exactly once and within the captured sum. */
bool
refund_create(const json_t *body, const char *id, struct refund **created,
			  struct refusal *refusal)
{
	const struct payment *payment = ledger_payment(get_string(body, "payment_id", ""));
	struct refund *refund;
	int64_t		captured;
	int64_t		claimed;
	int64_t		amount;
	int			attempts;

	if (payment == NULL)
		return refuse(refusal, 404, "HE_02", "Payment does not exist in our records");
	if (ledger_refund(id) != NULL)
		return refuse(refusal, 400, "HE_01", "Duplicate refund request."
					  " Refund already attempted with the refund ID");
	if (!status_permits(payment->status, MAY_REFUND))
		return refuse(refusal, 400, "IR_14",
					  "This Payment could not be refund because it has a status of %s."
					  " The expected state is succeeded, partially_captured",
					  payment->status);
	captured = payment_captured(payment);
	claimed = claimed_by_refunds(payment, &attempts);
	amount = get_integer(body, "amount", captured);
	if (amount > captured - claimed)
		return refuse(refusal, 400, "IR_13",
					  "The refund amount exceeds the amount captured");
	if (amount < LEAST_REFUND)
		return refuse(refusal, 400, "IR_06", "amount should be at least %d", LEAST_REFUND);
	if (attempts >= MOST_REFUNDS)
		return refuse(refusal, 400, "IR_12", "Reached maximum refund attempts");

	refund = ledger_refund_slot(id);
	refund->exists = true;
	copy_text(refund->payment_id, sizeof(refund->payment_id), payment->id);
	copy_text(refund->currency, sizeof(refund->currency), payment->currency);
	refund->amount = amount;
	refund->created_ms = clock_now_ms();
	refund->request = json_deep_copy(body);
	refund_become(refund, ledger.settings.refund_outcome, true);
	*created = refund;
	return true;
}
