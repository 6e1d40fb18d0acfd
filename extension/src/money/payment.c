/*
 * payment.c
 *		Payments: preparing an attempt, asking about it, giving it up.
 *
 * The row is committed before the provider is called, under an id that the
 * provider will know it by; so whatever happens between, the same payment is
 * found again.
 */
#include "payment.h"

#include "../core/effects/effect.h"
#include "../core/ground/clock.h"
#include "../core/ground/token.h"
#include "payment_rules.h"
#include "purpose.h"

static VzStmt new_uuid = VZ_STMT_NO_ARGS("select gen_random_uuid() as id");

static VzStmt ask_no_more = VZ_STMT(
	"update veza_data.payment set checks = 0, next_check_at = null where id = $1", UUIDOID);

static VzStmt set_given_up = VZ_STMT(
	"update veza_data.payment set given_up_at = coalesce(given_up_at, $2) where id = $1",
	UUIDOID, TIMESTAMPTZOID);

static VzStmt store_refusal = VZ_STMT(
	"update veza_data.payment"
	"   set error_code = $2, error_message = left($3, 500), refusals = $4, next_check_at = $5 where id = $1",
	UUIDOID, TEXTOID, TEXTOID, INT4OID, TIMESTAMPTZOID);

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
create_request(const VzPayment *p, const VzPaymentTerms *terms)
{
	StringInfoData json;
	char	   *return_url = vz_setting_text("payment_return_url");

	initStringInfo(&json);
	appendStringInfo(&json,
					 "{\"payment_id\":\"%s\",\"amount\":" INT64_FORMAT ",\"currency\":\"%s\","
					 "\"customer_id\":\"%s\",\"session_expiry\":" INT64_FORMAT ","
					 "\"idempotency_key\":\"%s\",\"%s\":\"%s\",\"attempt_no\":%d,"
					 "\"purpose\":\"%s\",\"description\":",
					 p->psp_payment_id, p->amount_minor, p->currency, psp_id("cus_", &p->user_id),
					 terms->wait_s + vz_setting_int("session_margin"),
					 p->idempotency_key, vz_subject_key(p), vz_uuid_text(&p->subject_id), p->attempt_no, p->purpose);
	escape_json(&json, terms->description);
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
vz_payment_prepare(VzPayment *p, const VzPaymentTerms *terms, const char *reason, bool waited)
{
	VzRow		row;

	vz_query_row(&new_uuid, VZ_NO_ARGS, &row);
	p->id = *vz_row_uuid(&row, "id");
	p->psp_payment_id = psp_id("pay_", &p->id);
	p->idempotency_key = vz_uuid_text(p->attempt_no == 1 ? &p->subject_id : &p->id);
	vz_payment_insert(p, vz_payment_next_check("prepared", false, 0, vz_now()));
	vz_transition_created(&vz_payment_store, &p->id, "prepare", &(VzTransitionNote) {.payment_id = &p->id});
	vz_payment_lock(&p->id, p);
	return vz_payment_queue_create(p, terms, reason, waited);
}

pg_uuid_t
vz_payment_queue_create(const VzPayment *p, const VzPaymentTerms *terms, const char *reason, bool waited)
{
	return vz_effect_queue(&(VzEffectOrder) {.kind = "psp_create", .subject_id = &p->id,
						   .request = create_request(p, terms), .reason = reason, .waited = waited});
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
vz_payments_give_up(const pg_uuid_t *subject_id, const pg_uuid_t *except_payment, const char *reason)
{
	VzRows		rows = vz_payments_unfinished(subject_id, except_payment);

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
is_preferred(const VzPayment *p, const char *state, const char *rival_state)
{
	VzSubject	subject = vz_subject_of(p);

	if (subject.has_payment)
		return vz_uuid_equal(&subject.payment_id, &p->id);
	return vz_payment_may_be_paid(state) && !vz_payment_may_be_paid(rival_state);
}

void
vz_payment_choose_attempt(VzPayment *p, const char *state)
{
	VzRow		rival;

	if (!vz_payment_is_open(state) || vz_payment_is_open(p->state) || p->is_given_up ||
		!vz_payment_find_rival(p, &rival))
		return;
	if (is_preferred(p, state, vz_row_text(&rival, "state")))
		vz_payments_give_up(&p->subject_id, &p->id, "another attempt is being paid");
	else
		give_up(p);
}

void
vz_payment_question_failed(const pg_uuid_t *payment_id, const char *error_code, const char *error_message)
{
	VzPayment	p;
	TimestampTz next;

	if (!vz_payment_lock_with_payer(payment_id, &p))
		return;
	next = vz_payment_next_check(p.state, true, p.refusals + 1, vz_now());
	vz_execute(&store_refusal,
			   VZ_ARGS(vz_arg_uuid(payment_id), vz_arg_text(error_code), vz_arg_text(error_message),
					   vz_arg_int4(p.refusals + 1), vz_arg_time(next)));
}
