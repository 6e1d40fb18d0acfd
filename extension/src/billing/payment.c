/*
 * payment.c
 *		Payments: preparing an attempt, asking about it, giving it up.
 *
 * The row is committed before the provider is called, under an id that the
 * provider will know it by; so whatever happens between, the same payment is
 * found again.
 */
#include "billing.h"
#include "payment_rules.h"
#include "../core/ground/token.h"

static VzStmt insert_payment = VZ_STMT(
	"insert into veza_data.payment"
	"  (id, subscription_id, user_id, purpose, attempt_no, psp_payment_id, idempotency_key,"
	"   amount_minor, currency, state, next_check_at, created_at, updated_at)"
	" values ($1, $2, $3, 'initial', $4, $5, $6, $7, $8, 'prepared', $10, $9, $9)",
	UUIDOID, UUIDOID, UUIDOID, INT4OID, TEXTOID, TEXTOID, INT8OID, TEXTOID,
	TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt new_uuid = VZ_STMT_NO_ARGS("select gen_random_uuid() as id");

static VzStmt find_plan_name = VZ_STMT(
	"select name, display_name from veza_data.plan where id = $1", UUIDOID);

static VzStmt ask_no_more = VZ_STMT(
	"update veza_data.payment set checks = 0, next_check_at = null where id = $1", UUIDOID);

static VzStmt set_given_up = VZ_STMT(
	"update veza_data.payment set given_up_at = coalesce(given_up_at, $2) where id = $1",
	UUIDOID, TIMESTAMPTZOID);

static VzStmt find_rival = VZ_STMT(
	"select id, state from veza_data.payment"
	" where subscription_id = $1 and id <> $2 and given_up_at is null"
	"   and state in ('prepared', 'open', 'processing', 'review')",
	UUIDOID, UUIDOID);

static VzStmt last_attempt = VZ_STMT(
	"select max(attempt_no) as n from veza_data.payment where subscription_id = $1 and purpose = 'initial'",
	UUIDOID);

static VzStmt store_refusal = VZ_STMT(
	"update veza_data.payment"
	"   set error_code = $2, error_message = left($3, 500), refusals = $4, next_check_at = $5 where id = $1",
	UUIDOID, TEXTOID, TEXTOID, INT4OID, TIMESTAMPTZOID);

static VzStmt find_payer = VZ_STMT(
	"select user_id from veza_data.payment where id = $1", UUIDOID);

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

TimestampTz
vz_payment_next_check(const char *state, bool ever_answered, int checks, TimestampTz now)
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
					   vz_arg_time(vz_payment_next_check("prepared", false, 0, now))));
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

/* give_up notes that nobody waits for the payment any more; money that still comes serves what it can, or goes back. */
static void
give_up(VzPayment *p)
{
	vz_execute(&set_given_up, VZ_ARGS(vz_arg_uuid(&p->id), vz_arg_time(vz_now())));
	p->is_given_up = true;
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
				vz_execute(&ask_no_more, VZ_ARGS(vz_arg_uuid(&p.id)));
				continue;
			}
		}
		give_up(&p);
		vz_payment_queue_cancel(&p, reason, false);
	}
}

/*
 * is_preferred says which of two attempts is waited for: the one that serves;
 * else one that may have been paid before one that is merely open; else the
 * later one, whose secret was handed out last.
 */
static bool
is_preferred(const VzPayment *p, const VzSubscription *s, const char *state, const char *rival_state)
{
	bool		may_be_paid = strcmp(state, "open") != 0;
	bool		rival_may_be_paid = strcmp(rival_state, "processing") == 0 || strcmp(rival_state, "review") == 0;

	if (s->has_payment)
		return vz_uuid_equal(&s->payment_id, &p->id);
	return may_be_paid && !rival_may_be_paid;
}

void
vz_payment_choose_attempt(VzPayment *p, const VzSubscription *s, const char *state)
{
	VzRow		rival;

	if (!vz_payment_is_open(state) || vz_payment_is_open(p->state) || p->is_given_up ||
		!vz_query_row(&find_rival, VZ_ARGS(vz_arg_uuid(&s->id), vz_arg_uuid(&p->id)), &rival))
		return;
	if (is_preferred(p, s, state, vz_row_text(&rival, "state")))
		vz_payments_give_up(&s->id, &p->id, "another attempt is being paid");
	else
		give_up(p);
}

int
vz_payment_last_attempt(const VzSubscription *s)
{
	VzRow		row;

	vz_query_row(&last_attempt, VZ_ARGS(vz_arg_uuid(&s->id)), &row);
	return vz_row_int4(&row, "n");
}

void
vz_payment_question_failed(const pg_uuid_t *payment_id, const char *error_code, const char *error_message)
{
	VzPayment	p;
	VzRow		payer;
	TimestampTz next;

	if (!vz_query_row(&find_payer, VZ_ARGS(vz_arg_uuid(payment_id)), &payer))
		return;
	vz_lock_user(vz_row_uuid(&payer, "user_id"));
	vz_payment_lock(payment_id, &p);
	next = vz_payment_next_check(p.state, true, p.refusals + 1, vz_now());
	vz_execute(&store_refusal,
			   VZ_ARGS(vz_arg_uuid(payment_id), vz_arg_text(error_code), vz_arg_text(error_message),
					   vz_arg_int4(p.refusals + 1), vz_arg_time(next)));
}
