/*
 * payment_effects.c
 *		What the relay's reports mean to payments and refunds.
 */
#include "payment_effects.h"

#include "payment.h"
#include "payment_apply.h"
#include "refund.h"

static VzStmt store_refusal = VZ_STMT(
	"update veza_data.payment set error_code = $2, error_message = left($3, 500) where id = $1",
	UUIDOID, TEXTOID, TEXTOID);

static VzStmt store_refund_refusal = VZ_STMT(
	"update veza_data.refund set error_code = $2, error_message = left($3, 500) where id = $1",
	UUIDOID, TEXTOID, TEXTOID);

/* source_of names the kind of question in one word, for the history. */
static const char *
source_of(const char *kind)
{
	return kind + strlen("psp_");
}

/* report_of says who brings the facts, and since when they are true. */
static VzReport
report_of(const VzEffectResult *r)
{
	return (VzReport)
	{
		.source = source_of(r->kind), .asked = true, .asked_at = r->asked_at, .reason = r->reason
	};
}

/* vz_payment_effect_result applies the answer to psp_create, psp_retrieve or psp_cancel. */
void
vz_payment_effect_result(const VzEffectResult *r)
{
	VzReport	report = report_of(r);

	if (r->outcome == VZ_OUTCOME_OK && r->has_result)
		vz_payment_apply(&r->subject_id, r->result, &report);
	else if (r->is_final && strcmp(r->kind, "psp_retrieve") == 0)
		vz_payment_question_failed(&r->subject_id, r->error_code, r->error_message);
	else if (r->outcome == VZ_OUTCOME_REFUSED)
		vz_execute(&store_refusal, VZ_ARGS(vz_arg_uuid(&r->subject_id), vz_arg_text(r->error_code),
										   vz_arg_text(r->error_message)));
}

/* vz_refund_effect_result applies the answer to psp_refund or psp_refund_retrieve. */
void
vz_refund_effect_result(const VzEffectResult *r)
{
	VzReport	report = report_of(r);

	if (r->outcome == VZ_OUTCOME_OK && r->has_result)
		vz_refund_apply(&r->subject_id, r->result, &report);
	else if (r->is_final && strcmp(r->kind, "psp_refund_retrieve") == 0)
		vz_refund_question_failed(&r->subject_id, r->error_code, r->error_message);
	else if (r->outcome == VZ_OUTCOME_REFUSED)
		vz_execute(&store_refund_refusal,
				   VZ_ARGS(vz_arg_uuid(&r->subject_id), vz_arg_text(r->error_code),
						   vz_arg_text(r->error_message)));
}
