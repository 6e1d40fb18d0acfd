/*
 * account_delete.c
 *		Ending an account in all domains (see account_delete.h).
 *
 * The row of the account stays, empty: payments, submissions and the logs
 * refer to it. Submissions to streaming services stay as they are, because
 * what was published is not taken back by leaving.
 */
#include "account_delete.h"

#include "../auth/account.h"
#include "../billing/billing.h"
#include "../core/translation.h"
#include "../user/account_end.h"
#include "../user/user.h"

#define CONFIRMATION "DELETE"

static VzStmt find_live = VZ_STMT(
	"select from veza_data.users where id = $1 and status <> 'deleted' for no key update", UUIDOID);

VZ_FUNCTION(account_delete);

void
vz_account_delete(const pg_uuid_t *user_id, const char *reason)
{
	VzAudit		entry = {.action = "user.delete", .resource_type = "user", .reason = reason};
	VzRow		row;

	if (vz_user_is_last_admin(user_id))
		vz_raise_error(VZ_E_USER_IS_LAST_ADMIN);
	if (!vz_query_row(&find_live, VZ_ARGS(vz_arg_uuid(user_id)), &row))
		vz_raise_error(VZ_E_USER_NOT_FOUND);
	vz_billing_end_account(user_id, "account deleted");
	vz_user_anonymise(user_id);
	entry.resource_id = vz_uuid_text(user_id);
	vz_audit(&entry);
}

/*
 * account_delete ends the actor's own account, for good.
 *
 * Arguments: whose (me, or the own id), present password, the word DELETE.
 */
Datum
account_delete(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	char	   *confirmation = vz_text_argument(fcinfo, 2);
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzRefusal  *refusal;
	pg_uuid_t	id;

	refusal = vz_user_own_argument(fcinfo, 0, &id);
	if (refusal == NULL && !vz_uuid_equal(&id, &actor->user_id))
		refusal = vz_refusal(VZ_E_USER_NOT_FOUND);
	if (refusal != NULL)
		vz_raise(refusal);
	if (PG_ARGISNULL(1))
		vz_field_error(wrong, "password", "is missing");
	if (confirmation == NULL || strcmp(confirmation, CONFIRMATION) != 0)
		vz_field_error(wrong, "confirmation", "must be the word DELETE");
	vz_raise_if(wrong);
	if (vz_user_is_last_admin(&id))
		vz_raise_error(VZ_E_USER_IS_LAST_ADMIN);
	refusal = vz_confirm_password(&id, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);
	vz_account_delete(&id, NULL);
	return vz_message_answer("The account is deleted.");
}
