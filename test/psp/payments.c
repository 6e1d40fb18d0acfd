/*
 * payments.c
 *	  What can be done to a payment.
 *
 * Source: the create, update, confirm, cancel, capture and retrieve rules of
 * the PSP's v1 API.  Every function runs with the ledger locked; a refused
 * call changes nothing.
 */
#include "payments.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "fields.h"
#include "states.h"
#include "webhook.h"

#define DEFAULT_SESSION_S 900
#define SECRET_LENGTH 20

/* The members of a create that its answers repeat. */
static const char *const echoed[] = {
	"authentication_type", "capture_method", "customer_id", "description",
	"merchant_order_reference_id", "metadata", "mit_category", "off_session",
	"payment_method", "profile_id", "return_url", "setup_future_usage",
	"statement_descriptor_name", "statement_descriptor_suffix"
};

/* Writes that many random letters and digits and a terminator. */
void
random_word(char *out, size_t length)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	for (size_t i = 0; i < length; i++)
		out[i] = alphabet[randombytes_uniform(sizeof(alphabet) - 1)];
	out[length] = '\0';
}

/* Keeps those members of a body that later answers repeat. */
static void
remember_echoed(struct payment *payment, const json_t *body)
{
	for (size_t i = 0; i < sizeof(echoed) / sizeof(echoed[0]); i++)
	{
		json_t	   *value = json_object_get(body, echoed[i]);

		if (value != NULL)
			json_object_set_new(payment->request, echoed[i], json_deep_copy(value));
	}
}

/* Returns how much is received in that state when nobody says how much. */
static int64_t
money_received(const struct payment *payment, enum money money)
{
	switch (money)
	{
		case MONEY_ALL:
			return payment->amount;
		case MONEY_PART:
			return payment->amount_received != NO_MONEY ? payment->amount_received
				: payment->amount / 2;
		case MONEY_KEPT:
		case MONEY_REVERSED:
			return payment->amount_received;
		default:
			return NO_MONEY;
	}
}

/*
 * Puts the payment in a state, with the money that belongs to it unless
 * received says otherwise, and queues the event of that state when asked to.
 */
void
payment_become(struct payment *payment, const char *status, int64_t received,
			   bool announce)
{
	const struct intent_status *known = intent_status(status);

	copy_text(payment->status, sizeof(payment->status), status);
	payment->scripted[0] = '\0';
	payment->modified_ms = clock_now_ms();
	if (received != NO_MONEY)
		payment->amount_received = received;
	else if (known != NULL)
		payment->amount_received = money_received(payment, known->money);
	if (announce && known != NULL && known->event_type != NULL)
		webhook_announce_payment(payment, known->event_type);
	ledger_changed();
}

/* Tells whether the client secret has expired. */
bool
payment_session_over(const struct payment *payment)
{
	return clock_now_ms() >= payment->expires_ms;
}

/* Records why the connector declined. */
static void
set_decline(struct payment *payment, const char *code, const char *message)
{
	copy_text(payment->error_code, sizeof(payment->error_code), code);
	copy_text(payment->error_message, sizeof(payment->error_message), message);
}

/* Lets an attempt end as told; "succeeded" obeys the capture method. */
static void
attempt_ends(struct payment *payment, const char *outcome)
{
	const char *capture = get_string(payment->request, "capture_method", "automatic");

	payment->attempted = true;
	set_decline(payment, "", "");
	if (strcmp(outcome, "succeeded") == 0 && strncmp(capture, "manual", 6) == 0)
		outcome = "requires_capture";
	if (strcmp(outcome, "failed") == 0)
		set_decline(payment, "card_declined", "Your card was declined.");
	payment_become(payment, outcome, NO_MONEY, true);
	if (strcmp(outcome, "processing") == 0 &&
		strcmp(ledger.settings.processing_outcome, "none") != 0)
		copy_text(payment->scripted, sizeof(payment->scripted), ledger.settings.processing_outcome);
}

/*
 * Creates the payment under that id, exactly once; a body that asks to be
 * confirmed is also charged, a stored instrument as the settings say.
 */
bool
payment_create(const json_t *body, const char *id, struct payment **created,
			   struct refusal *refusal)
{
	struct payment *payment;
	char		secret[SECRET_LENGTH + 1];
	bool		stored = json_is_object(json_object_get(body, "recurring_details"));

	if (ledger_payment(id) != NULL)
		return refuse(refusal, 400, "HE_01",
					  "The payment with the specified payment_id already exists in our records");
	payment = ledger_payment_slot(id);
	payment->exists = true;
	payment->amount = get_integer(body, "amount", 0);
	copy_text(payment->currency, sizeof(payment->currency), get_string(body, "currency", ""));
	random_word(secret, SECRET_LENGTH);
	snprintf(payment->client_secret, sizeof(payment->client_secret), "%s_secret_%s",
			 id, secret);
	payment->session_expiry = get_integer(body, "session_expiry", DEFAULT_SESSION_S);
	payment->created_ms = clock_now_ms();
	payment->expires_ms = payment->created_ms + payment->session_expiry * 1000;
	payment->attempt_count = 1;
	payment->request = json_object();
	remember_echoed(payment, body);
	payment_become(payment, "requires_payment_method", NO_MONEY, false);
	if (get_bool(body, "confirm", false))
		attempt_ends(payment, stored ? ledger.settings.mit_outcome
					 : ledger.settings.confirm_outcome);
	*created = payment;
	return true;
}

/* Changes a payment nobody has paid yet; the session is never extended. */
bool
payment_update(struct payment *payment, const json_t *body, struct refusal *refusal)
{
	if (!status_permits(payment->status, MAY_UPDATE))
		return refuse(refusal, 400, "IR_16",
					  "You cannot update this payment because it has status %s",
					  payment->status);
	payment->amount = get_integer(body, "amount", payment->amount);
	copy_text(payment->currency, sizeof(payment->currency), get_string(body, "currency", payment->currency));
	remember_echoed(payment, body);
	payment->modified_ms = clock_now_ms();
	ledger_changed();
	return true;
}

/*
 * Makes one attempt to be paid and lets it end as told; a customer may also
 * finish a step that only the customer can take.
 */
bool
payment_attempt(struct payment *payment, const char *outcome, bool by_customer,
				struct refusal *refusal)
{
	bool		again = strcmp(payment->status, "failed") == 0 && payment_may_retry(payment);
	bool		finishing = by_customer &&
		strcmp(payment->status, "requires_customer_action") == 0;

	if (!status_permits(payment->status, MAY_CONFIRM) && !again && !finishing)
		return refuse(refusal, 400, "IR_16",
					  "You cannot confirm this payment because it has status %s",
					  payment->status);
	if (!finishing && payment_session_over(payment))
		return refuse(refusal, 400, "IR_08", "The provided client_secret has expired");
	if (again)
		payment->attempt_count++;
	attempt_ends(payment, outcome);
	return true;
}

/* Cancels a payment that is open, or begins to void an authorisation. */
bool
payment_cancel(struct payment *payment, const char *reason, struct refusal *refusal)
{
	bool		authorised = status_permits(payment->status, MAY_CAPTURE);

	if (!status_permits(payment->status, MAY_CANCEL))
		return refuse(refusal, 400, "IR_16",
					  "You cannot cancel this payment because it has status %s",
					  payment->status);
	copy_text(payment->cancellation_reason, sizeof(payment->cancellation_reason), reason);
	payment_become(payment, authorised ? "processing" : "cancelled", NO_MONEY, true);
	if (authorised)
		snprintf(payment->scripted, sizeof(payment->scripted), "cancelled");
	return true;
}

/* Takes authorised money, all that is left when the amount is negative. */
bool
payment_capture(struct payment *payment, json_int_t amount, struct refusal *refusal)
{
	int64_t		left = payment_capturable(payment);
	int64_t		total;
	const char *capture = get_string(payment->request, "capture_method", "automatic");
	const char *status = "succeeded";

	if (!status_permits(payment->status, MAY_CAPTURE))
		return refuse(refusal, 400, "IR_14",
					  "This Payment could not be captured because it has a payment.status"
					  " of %s. The expected state is requires_capture,"
					  " partially_captured_and_capturable, processing", payment->status);
	if (amount > left)
		return refuse(refusal, 400, "IR_06", "amount_to_capture is greater than amount");
	total = payment_captured(payment) + (amount < 0 ? left : amount);
	if (total < payment->amount)
		status = strcmp(capture, "manual_multiple") == 0
			? "partially_captured_and_capturable" : "partially_captured";
	payment_become(payment, status, total, true);
	return true;
}

/* Asks the connector, where the state permits it and a script has an answer. */
void
payment_sync(struct payment *payment)
{
	char		found[WORD_SIZE];

	if (payment->scripted[0] == '\0' ||
		!status_permits(payment->status, ASKS_CONNECTOR))
		return;
	snprintf(found, sizeof(found), "%s", payment->scripted);
	if (strcmp(found, "failed") == 0)
		set_decline(payment, "processing_error", "The processor declined the payment.");
	payment_become(payment, found, NO_MONEY, true);
}
