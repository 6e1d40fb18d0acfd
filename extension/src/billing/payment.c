/*
 * payment.c
 *		Payments: preparing an attempt, and believing the provider.
 *
 * The row is committed before the provider is called, under an id that the
 * provider will know it by; so whatever happens between, the same payment is
 * found again.
 */
#include "billing.h"
#include "payment_rules.h"
#include "../core/token.h"

static VzStmt insert_payment = VZ_STMT(
	"insert into veza_data.payment"
	"  (id, subscription_id, user_id, purpose, attempt_no, psp_payment_id, idempotency_key,"
	"   amount_minor, currency, state, next_check_at, created_at, updated_at)"
	" values ($1, $2, $3, 'initial', $4, $5, $6, $7, $8, 'prepared', $10, $9, $9)",
	UUIDOID, UUIDOID, UUIDOID, INT4OID, TEXTOID, TEXTOID, INT8OID, TEXTOID,
	TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt new_uuid = VZ_STMT_NO_ARGS("select gen_random_uuid() as id");

static VzStmt find_payer = VZ_STMT(
	"select user_id, subscription_id from veza_data.payment where id = $1", UUIDOID);

static VzStmt find_plan_name = VZ_STMT(
	"select name, display_name from veza_data.plan where id = $1", UUIDOID);

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
	"       f->'metadata'->>'subscription_id' as subscription_id,"
	"       coalesce(f->>'not_found' = 'true', false) as not_found"
	"  from (select $1 as f) facts",
	JSONBOID);

static VzStmt store_facts = VZ_STMT(
	"update veza_data.payment"
	"   set psp_status = $2, psp_updated_at = coalesce($3, psp_updated_at), psp_missing = false,"
	"       amount_received_minor = coalesce($4, amount_received_minor),"
	"       session_expires_at = coalesce($5, session_expires_at),"
	"       manual_retry_allowed = $6, payment_method_id = coalesce($7, payment_method_id),"
	"       error_code = $8, error_message = $9, review_reason = $10,"
	"       succeeded_at = case when $11 then coalesce(succeeded_at, $12) else succeeded_at end"
	" where id = $1",
	UUIDOID, TEXTOID, TIMESTAMPTZOID, INT8OID, TIMESTAMPTZOID, BOOLOID, TEXTOID, TEXTOID,
	TEXTOID, TEXTOID, BOOLOID, TIMESTAMPTZOID);

static VzStmt store_check = VZ_STMT(
	"update veza_data.payment"
	"   set checked_at = $2, checks = $3, next_check_at = $4, psp_missing = $5 where id = $1",
	UUIDOID, TIMESTAMPTZOID, INT4OID, TIMESTAMPTZOID, BOOLOID);

static VzStmt open_payments = VZ_STMT(
	"select id from veza_data.payment"
	" where subscription_id = $1 and state in ('prepared', 'open', 'processing', 'review', 'failed')"
	"   and id is distinct from $2"
	" order by attempt_no",
	UUIDOID, UUIDOID);

static VzStmt was_create_sent = VZ_STMT(
	"select exists (select from veza_data.effect"
	"                where subject_id = $1 and kind = 'psp_create' and first_sent_at is not null) as yes",
	UUIDOID);

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
	char	   *subscription_id;
	bool		not_found;
} Facts;

/* psp_id makes the id by which the provider knows a row of ours. */
static char *
psp_id(const char *prefix, const pg_uuid_t *id)
{
	char		text[VZ_BASE32_UUID_LEN + 1];

	vz_base32_uuid(id->data, text);
	return psprintf("%s%s", prefix, text);
}

/* create_request says what the relay needs to create the payment at the provider. */
static char *
create_request(const VzPayment *p, const VzSubscription *s, const char *idempotency_key)
{
	StringInfoData json;
	VzRow		plan;
	char	   *return_url = vz_setting_text("payment_return_url");

	vz_query_row(&find_plan_name, VZ_ARGS(vz_arg_uuid(&s->plan_id)), &plan);
	initStringInfo(&json);
	appendStringInfo(&json,
					 "{\"payment_id\":\"%s\",\"amount\":" INT64_FORMAT ",\"currency\":\"%s\","
					 "\"customer_id\":\"%s\",\"session_expiry\":" INT64_FORMAT ","
					 "\"idempotency_key\":\"%s\",\"subscription_id\":\"%s\",\"attempt_no\":%d,"
					 "\"purpose\":\"%s\",\"description\":",
					 p->psp_payment_id, p->amount_minor, p->currency, psp_id("cus_", &p->user_id),
					 vz_setting_int("pending_ttl") + vz_setting_int("session_margin"),
					 idempotency_key, vz_uuid_text(&s->id), p->attempt_no, p->purpose);
	escape_json(&json, psprintf("Veza %s, %s", vz_row_text(&plan, "display_name"), s->billing_cycle));
	if (return_url[0] != '\0')
	{
		appendStringInfoString(&json, ",\"return_url\":");
		escape_json(&json, return_url);
	}
	appendStringInfoChar(&json, '}');
	return json.data;
}

/* next_check returns when reconciliation asks again, or 0 for a final state. */
static TimestampTz
next_check(const char *state, bool ever_answered, int checks, TimestampTz now)
{
	const char *schedule = vz_setting_text("reconcile_schedule");
	int64		pause = vz_schedule_seconds(schedule, checks);

	if (!vz_payment_is_open(state))
		return 0;
	if (!ever_answered && checks < 4)
		pause = vz_schedule_seconds(vz_setting_text("reconcile_unknown"), checks);
	return vz_time_plus(now, pause);
}

pg_uuid_t
vz_payment_prepare(const VzSubscription *s, int attempt_no, bool waited, pg_uuid_t *effect_id)
{
	TimestampTz now = vz_now();
	VzPayment	p = {.user_id = s->user_id, .subscription_id = s->id, .purpose = "initial"};
	char	   *idempotency_key;
	VzRow		row;

	vz_query_row(&new_uuid, VZ_NO_ARGS, &row);
	p.id = *vz_row_uuid(&row, "id");
	p.attempt_no = attempt_no;
	p.psp_payment_id = psp_id("pay_", &p.id);
	p.amount_minor = s->amount_minor;
	p.currency = s->currency;
	idempotency_key = vz_uuid_text(attempt_no == 1 ? &s->id : &p.id);

	vz_execute(&insert_payment,
			   VZ_ARGS(vz_arg_uuid(&p.id), vz_arg_uuid(&s->id), vz_arg_uuid(&s->user_id),
					   vz_arg_int4(attempt_no), vz_arg_text(p.psp_payment_id),
					   vz_arg_text(idempotency_key), vz_arg_int8(s->amount_minor),
					   vz_arg_text(s->currency), vz_arg_time(now),
					   vz_arg_time(next_check("prepared", false, 0, now))));
	vz_transition_created(&vz_payment_store, &p.id, "prepare",
						  &(VzTransitionNote) {.payment_id = &p.id});
	*effect_id = vz_payment_queue_create(&p, s, "subscribe", waited);
	return p.id;
}

pg_uuid_t
vz_payment_queue_create(const VzPayment *p, const VzSubscription *s, const char *reason, bool waited)
{
	char	   *key = vz_uuid_text(p->attempt_no == 1 ? &s->id : &p->id);

	return vz_effect_queue(&(VzEffectOrder) {.kind = "psp_create", .subject_id = &p->id,
						   .request = create_request(p, s, key), .reason = reason, .waited = waited});
}

pg_uuid_t
vz_payment_ask(const VzPayment *p, const char *reason, bool waited)
{
	return vz_effect_queue(&(VzEffectOrder) {.kind = "psp_retrieve", .subject_id = &p->id,
						   .request = psprintf("{\"payment_id\":\"%s\",\"force_sync\":%s}",
											   p->psp_payment_id,
											   strcmp(reason, "recovery") == 0 ? "false" : "true"),
						   .reason = reason, .waited = waited});
}

pg_uuid_t
vz_payment_queue_cancel(const VzPayment *p, const char *reason, bool waited)
{
	return vz_effect_queue(&(VzEffectOrder) {.kind = "psp_cancel", .subject_id = &p->id,
						   .request = psprintf("{\"payment_id\":\"%s\",\"cancellation_reason\":\"%s\"}",
											   p->psp_payment_id, reason),
						   .reason = reason, .waited = waited});
}

bool
vz_payment_was_sent(const VzPayment *p)
{
	VzRow		row;

	vz_query_row(&was_create_sent, VZ_ARGS(vz_arg_uuid(&p->id)), &row);
	return vz_row_bool(&row, "yes");
}

void
vz_payments_give_up(const pg_uuid_t *subscription_id, const pg_uuid_t *except_payment,
					const char *reason)
{
	VzRows		rows = vz_query_rows(&open_payments,
									 VZ_ARGS(vz_arg_uuid(subscription_id), vz_arg_uuid(except_payment)));

	for (uint64 i = 0; i < rows.n; i++)
	{
		VzPayment	p;

		vz_payment_lock(vz_row_uuid(&rows.row[i], "id"), &p);
		if (strcmp(p.state, "prepared") == 0)
		{
			/* A create that no relay has claimed yet is taken back, and nothing is left outside. */
			vz_effect_withdraw("psp_create", &p.id);
			if (!vz_payment_was_sent(&p))
			{
				vz_transition(&vz_payment_store, &p.id, p.state, "discard",
							  &(VzTransitionNote) {.reason = reason, .payment_id = &p.id});
				vz_execute(&store_check, VZ_ARGS(vz_arg_uuid(&p.id), vz_arg_null(), vz_arg_int4(0),
												 vz_arg_null(), vz_arg_bool(false)));
				continue;
			}
		}
		vz_payment_queue_cancel(&p, reason, false);
	}
}

/* read_all reads the provider's facts; what is missing or of the wrong type stays unset. */
static void
read_all(Datum jsonb, Facts *f)
{
	VzRow		row;
	int64		us;

	memset(f, 0, sizeof(*f));
	vz_query_row(&read_facts, VZ_ARGS(vz_arg_datum(jsonb, false)), &row);
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
	f->subscription_id = vz_row_text(&row, "subscription_id");
	f->state = vz_payment_state_of(f->status);
	if (strcmp(f->state, "review") == 0)
		f->review_reason = f->status ? f->status : "no status";
}

/*
 * refuse_mismatch turns a success that is not the one we asked for into a
 * review: other money, or another subscription's, never activates anything.
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
	else if (f->subscription_id != NULL &&
			 strcmp(f->subscription_id, vz_uuid_text(&p->subscription_id)) != 0)
		f->review_reason = "subscription_mismatch";
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

/* note_of says who brought the news, for the history. */
static VzTransitionNote
note_of(const VzPayment *p, const VzReport *report)
{
	return (VzTransitionNote)
	{
		.source = report->source, .reason = report->reason, .payment_id = &p->id,
			.psp_event_id = report->psp_event_id
	};
}

/* is_new_status says whether the provider's word changed although our state did not. */
static bool
is_new_status(const VzPayment *p, const Facts *f)
{
	return f->status != NULL && (p->psp_status == NULL || strcmp(p->psp_status, f->status) != 0);
}

/* take_over stores the facts, takes the payment's arrow and tells the subscription. */
static void
take_over(VzPayment *p, VzSubscription *s, const Facts *f, const VzReport *report, TimestampTz now)
{
	VzTransitionNote note = note_of(p, report);

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
	vz_subscription_on_payment(s, p, is_own_mismatch(f) ? "mismatch" : f->state, report);
}

/* schedule_check notes that the provider answered, and when to ask again. */
static void
schedule_check(const VzPayment *p, const VzReport *report, bool missing, TimestampTz now)
{
	int			checks = report->asked ? p->checks + 1 : 0;

	vz_execute(&store_check,
			   VZ_ARGS(vz_arg_uuid(&p->id),
					   vz_arg_time(report->asked ? now : p->checked_at),
					   vz_arg_int4(checks),
					   vz_arg_time(next_check(p->state, !missing, checks, now)),
					   vz_arg_bool(missing)));
}

/* cancel_if_useless gives up a payment that can take money although its subscription waits for none. */
static void
cancel_if_useless(const VzPayment *p, const VzSubscription *s, const VzReport *report)
{
	/* An answer to a cancellation was the last word on it. */
	if (strcmp(p->state, "open") == 0 && strcmp(s->status, "pending_payment") != 0 &&
		strcmp(report->source, "cancel") != 0)
		vz_payment_queue_cancel(p, "the subscription does not wait for it", false);
}

bool
vz_payment_apply(const pg_uuid_t *payment_id, Datum facts, const VzReport *report)
{
	TimestampTz now = vz_now();
	VzSubscription s;
	VzPayment	p;
	VzMerge		merge;
	VzRow		payer;
	Facts		f;

	if (!vz_query_row(&find_payer, VZ_ARGS(vz_arg_uuid(payment_id)), &payer))
		return false;
	vz_lock_user(vz_row_uuid(&payer, "user_id"));
	vz_payment_lock(payment_id, &p);
	vz_subscription_lock(&p.subscription_id, &s);
	read_all(facts, &f);

	if (f.not_found && report->asked)
	{
		schedule_check(&p, report, true, now);
		p.psp_missing = true;
		p.checked_at = now;
		vz_subscription_expire_if_due(&s, &p);
		return false;
	}
	refuse_mismatch(&p, &f);
	merge = merge_of(&p, &f, report);
	switch (merge)
	{
		case VZ_MERGE_IGNORE:
			return false;
		case VZ_MERGE_ASK:
			vz_payment_ask(&p, "doubtful webhook", false);
			return false;
		case VZ_MERGE_SAME:
			if (!report->asked && !(is_new_status(&p, &f) && vz_payment_is_open(p.state)))
				return false;
			break;
		case VZ_MERGE_APPLY:
			break;
	}
	take_over(&p, &s, &f, report, now);
	p.psp_missing = false;
	schedule_check(&p, report, false, now);
	if (report->asked)
	{
		p.checked_at = now;
		if (!vz_subscription_expire_if_due(&s, &p))
			cancel_if_useless(&p, &s, report);
	}
	return merge == VZ_MERGE_APPLY;
}
