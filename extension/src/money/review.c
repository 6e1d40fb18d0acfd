/*
 * review.c
 *		Settling a payment under review: an operator has looked at the
 *		provider's books, and says whether the money is good or goes back.
 *
 * Rule T32o of docs/design.md. What is paid for is served then, or not, by the
 * same rules as with any money that arrives.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "payment.h"
#include "payment_rules.h"
#include "purpose.h"
#include "refund_request.h"

static VzStmt store_settlement = VZ_STMT(
	"update veza_data.payment"
	"   set settled_status = coalesce(psp_status, ''), amount_received_minor = $2, succeeded_at = coalesce(succeeded_at, $3),"
	"       next_check_at = null"
	" where id = $1",
	UUIDOID, INT8OID, TIMESTAMPTZOID);

VZ_FUNCTION(settle_review);

/*
 * received_by_provider returns what the provider has received. Some providers
 * report nothing, or a part, of what was taken: where its word says that money
 * was taken, and no amount, the operator's decision stands for all of it.
 */
static int64
received_by_provider(const VzPayment *p)
{
	if (p->has_received && p->received_minor > 0)
		return p->received_minor;
	return vz_status_means_money(p->psp_status) ? p->amount_minor : 0;
}

/* settle takes the payment out of its review as good money. */
static void
settle(VzPayment *p, const VzTransitionNote *note)
{
	vz_execute(&store_settlement, VZ_ARGS(vz_arg_uuid(&p->id), vz_arg_int8(received_by_provider(p)), vz_arg_time(vz_now())));
	vz_transition(&vz_payment_store, &p->id, p->state, "settle", note);
	vz_payment_lock(&p->id, p);
}

/* send_back ends what the payment serves and returns its money; where none was received, the payment is cancelled. */
static void
send_back(VzPayment *p, const VzReport *report)
{
	VzTransitionNote note = {.source = "operator", .reason = report->reason, .payment_id = &p->id};

	if (received_by_provider(p) == 0)
	{
		vz_payment_queue_cancel(p, "settled by an operator", false);
		return;
	}
	settle(p, &note);
	vz_refund_request(p, "requested");
	vz_payment_lock(&p->id, p);
	vz_purpose_of(p)->on_payment(p, "returned", report);
}

/*
 * settle_review decides about a payment under review; for operators, written
 * to the audit log.
 *
 * Arguments: payment, accept or refund, reason. accept needs money: a payment
 * of which nothing was received is refused, because a gift is no payment.
 * refund returns what was received, or cancels the payment when that is
 * nothing; then the provider's answer ends the review.
 */
Datum
settle_review(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzAudit		entry = {.action = "payment.settle", .resource_type = "payment", .old_values = "{\"state\":\"review\"}"};
	VzReport	report = {.source = "operator"};
	pg_uuid_t  *id;
	char	   *decision;
	bool		is_accepted;
	VzPayment	p;

	VZ_REQUIRE_ARGUMENTS("payment_id", "decision");
	id = PG_GETARG_UUID_P(0);
	decision = text_to_cstring(PG_GETARG_TEXT_PP(1));
	is_accepted = strcmp(decision, "accept") == 0;
	if (!is_accepted && strcmp(decision, "refund") != 0)
		vz_field_error(wrong, "decision", "must be accept or refund");
	report.reason = vz_reason_argument(fcinfo, 2, wrong);
	vz_raise_if(wrong);
	if (!vz_payment_lock_with_payer(id, &p))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_PAYMENT_NOT_FOUND), "payment_id", id));
	if (strcmp(p.state, "review") != 0)
		vz_raise(vz_transition_refusal(vz_payment_store.machine, id, p.state, "settle"));
	if (is_accepted && received_by_provider(&p) == 0)
		vz_raise(vz_field_error(wrong, "decision", "nothing was received that could be accepted"));
	if (is_accepted)
	{
		settle(&p, &(VzTransitionNote) {.source = "operator", .reason = report.reason, .payment_id = &p.id});
		vz_purpose_of(&p)->on_payment(&p, "succeeded", &report);
	}
	else
		send_back(&p, &report);
	entry.resource_id = vz_uuid_text(id);
	entry.reason = report.reason;
	entry.new_values = psprintf("{\"decision\":\"%s\"}", decision);
	vz_audit(&entry);
	PG_RETURN_VOID();
}
