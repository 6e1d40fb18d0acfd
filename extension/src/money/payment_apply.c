/*
 * payment_apply.c
 *		Believing the provider: the one way in for what it says about a payment.
 *
 * Rules of docs/design.md, "Payments": the merge rule, T3 to T7, T5x, T26,
 * T31 and T33.
 */
#include "payment_apply.h"

#include "../core/ground/clock.h"
#include "payment.h"
#include "payment_rules.h"
#include "purpose.h"
#include "refund_found.h"
#include "refund_request.h"

/* Whatever the provider sends, a value of the wrong type reads as NULL and never raises. */
static VzStmt read_facts = VZ_STMT(
	"select f->>'status' as status,"
	"       case when jsonb_typeof(f->'amount') = 'number' then f->>'amount' end as amount,"
	"       case when jsonb_typeof(f->'amount_received') = 'number' then f->>'amount_received' end"
	"         as amount_received,"
	"       coalesce(jsonb_typeof(f->'amount_received') <> 'null', false) as says_received,"
	"       f->>'currency' as currency,"
	"       f->>'expires_on' as expires_on,"
	"       coalesce(f->>'updated', f->>'modified_at') as updated,"
	"       f->>'error_code' as error_code,"
	"       left(f->>'error_message', 500) as error_message,"
	"       left(f->>'payment_method_id', 200) as payment_method_id,"
	"       jsonb_typeof(f->'manual_retry_allowed') = 'boolean'"
	"         and (f->>'manual_retry_allowed')::boolean as manual_retry_allowed,"
	"       f->'metadata'->>$2 as subject_id,"
	"       f->>'dispute_status' as dispute_status,"
	"       (select min(d->>'dispute_status')"
	"          from jsonb_array_elements(case jsonb_typeof(f->'disputes') when 'array' then f->'disputes' end) d"
	"         where d->>'dispute_status' in ('dispute_lost', 'dispute_accepted', 'dispute_expired')) as dispute_lost,"
	"       coalesce(f->>'not_found' = 'true', false) as not_found"
	"  from (select $1 as f) facts",
	JSONBOID, TEXTOID);

/* What went back had been received, and so had what an operator has settled, whatever is said later. */
static VzStmt store_facts = VZ_STMT(
	"update veza_data.payment"
	"   set psp_status = $2, psp_updated_at = coalesce($3, psp_updated_at), psp_missing = false,"
	"       amount_received_minor = greatest(coalesce($4, amount_received_minor), nullif(refunded_minor, 0),"
	"         case when settled_status is not null then amount_received_minor end),"
	"       session_expires_at = coalesce($5, session_expires_at),"
	"       manual_retry_allowed = $6, payment_method_id = coalesce($7, payment_method_id),"
	"       error_code = $8, error_message = $9, review_reason = $10,"
	"       succeeded_at = case when $11 then coalesce(succeeded_at, $12) else succeeded_at end"
	" where id = $1",
	UUIDOID, TEXTOID, TIMESTAMPTZOID, INT8OID, TIMESTAMPTZOID, BOOLOID, TEXTOID, TEXTOID,
	TEXTOID, TEXTOID, BOOLOID, TIMESTAMPTZOID);

static VzStmt store_check = VZ_STMT(
	"update veza_data.payment"
	"   set checked_at = $2, checks = $3, next_check_at = $4, psp_missing = $5, heard_at = $6, refusals = 0"
	" where id = $1",
	UUIDOID, TIMESTAMPTZOID, INT4OID, TIMESTAMPTZOID, BOOLOID, TIMESTAMPTZOID);

static VzStmt check_soon = VZ_STMT(
	"update veza_data.payment set next_check_at = $2 where id = $1", UUIDOID, TIMESTAMPTZOID);

/* The provider's facts about a payment, read from jsonb. */
typedef struct Facts
{
	char	   *status;
	const char *state;			/* ours */
	const char *review_reason;
	bool		has_amount;
	int64		amount;
	bool		says_received;
	bool		has_received;	/* and it is an amount */
	int64		received;
	char	   *currency;
	TimestampTz expires_on;
	TimestampTz updated;
	char	   *error_code;
	char	   *error_message;
	char	   *payment_method_id;
	bool		manual_retry_allowed;
	char	   *subject_id;
	bool		not_found;
} Facts;

/* read_all reads the provider's facts; what is missing or of the wrong type stays unset. */
static void
read_all(const VzPayment *p, Datum jsonb, Facts *f)
{
	VzRow		row;
	int64		us;

	memset(f, 0, sizeof(*f));
	vz_query_row(&read_facts, VZ_ARGS(vz_arg_datum(jsonb, false), vz_arg_text(vz_subject_key(p))), &row);
	f->status = vz_row_text(&row, "status");
	f->not_found = vz_row_bool(&row, "not_found");
	f->has_amount = vz_parse_minor(vz_row_text(&row, "amount"), &f->amount);
	f->says_received = vz_row_bool(&row, "says_received");
	f->has_received = vz_parse_minor(vz_row_text(&row, "amount_received"), &f->received);
	f->currency = vz_row_text(&row, "currency");
	if (vz_parse_iso8601(vz_row_text(&row, "expires_on"), &us))
		f->expires_on = us;
	if (vz_parse_iso8601(vz_row_text(&row, "updated"), &us))
		f->updated = us;
	f->error_code = vz_row_text(&row, "error_code");
	f->error_message = vz_row_text(&row, "error_message");
	f->payment_method_id = vz_row_text(&row, "payment_method_id");
	f->manual_retry_allowed = vz_row_bool(&row, "manual_retry_allowed");
	f->subject_id = vz_row_text(&row, "subject_id");
	if (f->status == NULL)
		f->status = vz_row_text(&row, "dispute_status");
	if (!vz_row_isnull(&row, "dispute_lost"))
		f->status = vz_row_text(&row, "dispute_lost");
	f->state = vz_payment_state_of(f->status);
	if (strcmp(f->state, "review") == 0)
		f->review_reason = f->status ? f->status : "no status";
}

/*
 * refuse_mismatch turns a success that is not the one we asked for into a
 * review: other money, or another subject's, never serves anything.
 */
static void
refuse_mismatch(const VzPayment *p, Facts *f)
{
	if (strcmp(f->state, "succeeded") != 0)
		return;
	if (!f->has_amount || f->amount != p->amount_minor ||
		(f->says_received && (!f->has_received || f->received < p->amount_minor)))
		f->review_reason = "amount_mismatch";
	else if (f->currency == NULL || strcmp(f->currency, p->currency) != 0)
		f->review_reason = "currency_mismatch";
	else if (f->subject_id != NULL && strcmp(f->subject_id, vz_uuid_text(&p->subject_id)) != 0)
		f->review_reason = psprintf("%s_mismatch", vz_purpose_of(p)->subject);
	if (f->review_reason != NULL)
		f->state = "review";
}

/* is_own_mismatch says whether we, and not the provider, put the payment under review. */
static bool
is_own_mismatch(const Facts *f)
{
	return strcmp(f->state, "review") == 0 && f->status != NULL &&
		strcmp(f->status, "succeeded") == 0;
}

/* is_settled says whether an operator has settled what the provider says again. */
static bool
is_settled(const VzPayment *p, const Facts *f)
{
	return strcmp(p->state, "succeeded") == 0 && strcmp(f->state, "review") == 0 &&
		p->settled_status != NULL && f->status != NULL && strcmp(p->settled_status, f->status) == 0;
}

/* age compares what a webhook tells with what we know, by the provider's clock: before (-1) or after it (1). */
static int
age(const VzPayment *p, const Facts *f, const VzReport *report)
{
	if (report->asked || f->updated == 0 || p->psp_updated_at == 0)
		return 0;
	return f->updated < p->psp_updated_at ? -1 : f->updated > p->psp_updated_at ? 1 : 0;
}

/*
 * merge_of is the merge rule with the provider's clock. Older news that the
 * ranks would apply, and newer news that they would ignore, are asked about;
 * but money is real whenever it is told.
 */
static VzMerge
merge_of(const VzPayment *p, const Facts *f, const VzReport *report)
{
	/* Our own finding needs no second question, unless the right money is known to be there. */
	bool		is_certain = report->asked ||
		(is_own_mismatch(f) && strcmp(p->state, "succeeded") != 0);
	VzMerge		merge = vz_payment_merge(p->state, f->state, is_certain);
	bool		is_money = strcmp(f->state, "succeeded") == 0 || strcmp(f->state, "reversed") == 0;
	int			clock = age(p, f, report);

	if (clock < 0 && merge == VZ_MERGE_SAME)
		return VZ_MERGE_IGNORE;
	if (clock < 0 && merge == VZ_MERGE_APPLY && !is_money)
		return VZ_MERGE_ASK;
	if (clock > 0 && merge == VZ_MERGE_IGNORE && vz_payment_is_open(p->state))
		return VZ_MERGE_ASK;
	return merge;
}

/* is_new_status says whether the provider's word changed although our state did not. */
static bool
is_new_status(const VzPayment *p, const Facts *f)
{
	return f->status != NULL && (p->psp_status == NULL || strcmp(p->psp_status, f->status) != 0);
}

/* take_over stores the facts, takes the payment's arrow and tells the payment's purpose. */
static void
take_over(VzPayment *p, const Facts *f, const VzReport *report, TimestampTz now)
{
	VzTransitionNote note = vz_report_note(report, &p->id);

	vz_payment_choose_attempt(p, f->state);
	vz_execute(&store_facts,
			   VZ_ARGS(vz_arg_uuid(&p->id), vz_arg_text(f->status), vz_arg_time(f->updated),
					   f->has_received ? vz_arg_int8(f->received) : vz_arg_null(),
					   vz_arg_time(f->expires_on), vz_arg_bool(f->manual_retry_allowed),
					   vz_arg_text(f->payment_method_id), vz_arg_text(f->error_code),
					   vz_arg_text(f->error_message), vz_arg_text(f->review_reason),
					   vz_arg_bool(strcmp(f->state, "succeeded") == 0), vz_arg_time(now)));
	if (strcmp(p->state, f->state) != 0)
		vz_transition(&vz_payment_store, &p->id, p->state, vz_payment_event_of(f->state), &note);
	else if (!is_new_status(p, f))
		return;
	p->state = pstrdup(f->state);
	p->psp_status = f->status;
	if (f->has_received)
	{
		int64		known = p->settled_status != NULL ? p->received_minor : p->refunded_minor;

		p->has_received = true;
		p->received_minor = Max(f->received, known);
	}
	vz_purpose_of(p)->on_payment(p, is_own_mismatch(f) ? "mismatch" : f->state, report);
	/* What was reversed is not there to be sent back. */
	if (strcmp(p->state, "reversed") == 0)
		vz_refunds_give_way(p);
}

/* heard_at says how recent a report is: an answer is no older than its question. */
static TimestampTz
heard_at(const VzPayment *p, const VzReport *report, TimestampTz now)
{
	return Max(p->heard_at, report->asked_at != 0 ? report->asked_at : now);
}

/* schedule_check notes that the provider answered, and when to ask again. */
static void
schedule_check(const VzPayment *p, const VzReport *report, bool missing, TimestampTz now)
{
	int			checks = report->asked ? p->checks + 1 : 0;

	vz_execute(&store_check,
			   VZ_ARGS(vz_arg_uuid(&p->id),
					   vz_arg_time(report->asked ? Max(p->checked_at, report->asked_at) : p->checked_at),
					   vz_arg_int4(checks),
					   vz_arg_time(vz_payment_next_check(p->state, !missing, checks, now)),
					   vz_arg_bool(missing), vz_arg_time(heard_at(p, report, now))));
}

/* cancel_if_useless gives up a payment that can take money although nobody waits for it. */
static void
cancel_if_useless(const VzPayment *p, const VzReport *report)
{
	/* An answer to a cancellation was the last word on it. */
	if (strcmp(p->state, "open") == 0 && strcmp(report->source, "cancel") != 0 &&
		(p->is_given_up || !vz_subject_of(p).is_waiting))
		vz_payment_queue_cancel(p, psprintf("the %s does not wait for it", vz_purpose_of(p)->subject), false);
}

/* apply_facts believes the facts as far as the merge rule does; true when the payment's state changed. */
static bool
apply_facts(VzPayment *p, Facts *f, const VzReport *report, TimestampTz now)
{
	VzMerge		merge;

	refuse_mismatch(p, f);
	if (is_settled(p, f))
	{
		f->state = "succeeded";
		f->review_reason = NULL;
	}
	merge = merge_of(p, f, report);
	switch (merge)
	{
		case VZ_MERGE_IGNORE:
			return false;
		case VZ_MERGE_ASK:
			/* The question that is just being answered cannot be joined. */
			if (strcmp(report->source, "webhook") == 0)
				vz_payment_ask(p, "doubtful webhook", false);
			else
				vz_execute(&check_soon, VZ_ARGS(vz_arg_uuid(&p->id), vz_arg_time(now)));
			return false;
		case VZ_MERGE_SAME:
			if (!report->asked && !(is_new_status(p, f) && vz_payment_is_open(p->state)))
				return false;
			break;
		case VZ_MERGE_APPLY:
			break;
	}
	take_over(p, f, report, now);
	p->psp_missing = false;
	schedule_check(p, report, false, now);
	if (report->asked)
	{
		p->checked_at = Max(p->checked_at, report->asked_at);
		if (!vz_purpose_of(p)->expire_if_due(p))
			cancel_if_useless(p, report);
	}
	return merge == VZ_MERGE_APPLY;
}

bool
vz_payment_apply(const pg_uuid_t *payment_id, Datum facts, const VzReport *given)
{
	TimestampTz now = vz_now();
	VzReport	report = *given;
	VzPayment	p;
	Facts		f;
	bool		changed;

	if (!vz_payment_lock_with_payer(payment_id, &p))
		return false;
	read_all(&p, facts, &f);

	/* An answer to a question that was asked before our last news may be older than they are. */
	report.asked &= report.asked_at >= p.heard_at;
	if (f.not_found && given->asked)
	{
		if (!report.asked)
			return false;
		schedule_check(&p, &report, true, now);
		p.psp_missing = true;
		p.checked_at = Max(p.checked_at, report.asked_at);
		vz_purpose_of(&p)->expire_if_due(&p);
		return false;
	}
	/* Refunds first: money that has gone back serves nothing. */
	vz_refunds_found(&p, facts, &report);
	changed = apply_facts(&p, &f, &report, now);
	vz_purpose_tell_refunded(&p, &report);
	return changed;
}
