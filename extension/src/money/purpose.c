/*
 * purpose.c
 *		Finding a payment's purpose, and asking it (see purpose.h).
 */
#include "purpose.h"

static VzStmt returned = VZ_STMT(
	"select coalesce(sum(amount_minor), 0)::bigint as minor from veza_data.refund"
	" where payment_id = $1 and state = 'succeeded'",
	UUIDOID);

const VzPurpose *
vz_purpose_of(const VzPayment *p)
{
	for (int i = 0; i < vz_npurposes; i++)
		if (strcmp(vz_purposes[i]->name, p->purpose) == 0)
			return vz_purposes[i];
	elog(ERROR, "payment %s has the purpose \"%s\", which nobody has registered", vz_uuid_text(&p->id), p->purpose);
}

VzSubject
vz_subject_of(const VzPayment *p)
{
	VzSubject	subject = {.is_waiting = false};

	vz_purpose_of(p)->look(&p->subject_id, &subject);
	return subject;
}

char *
vz_subject_key(const VzPayment *p)
{
	return psprintf("%s_id", vz_purpose_of(p)->subject);
}

void
vz_purpose_tell_refunded(const VzPayment *p, const VzReport *report)
{
	VzRow		row;

	if (p->refunded_minor == 0)
		return;
	vz_query_row(&returned, VZ_ARGS(vz_arg_uuid(&p->id)), &row);
	if (vz_row_int8(&row, "minor") > 0 && vz_row_int8(&row, "minor") >= vz_payment_received(p))
		vz_purpose_of(p)->on_payment(p, "refunded", report);
}
