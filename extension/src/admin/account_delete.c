/*
 * account_delete.c
 *		Ending an account in all domains.
 *
 * The row of the account stays, empty: payments, submissions and the logs
 * refer to it. Submissions to streaming services stay as they are, because
 * what was published is not taken back by leaving.
 */
#include "user_change.h"

#include "../auth/proof.h"
#include "../billing/subscription_end.h"
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/request/condition.h"
#include "../core/ground/translation.h"
#include "../notification/notify.h"
#include "../people/people.h"
#include "../playlist/remove.h"
#include "../social/account_end.h"
#include "../notification/forget.h"
#include "../track/remove.h"
#include "../user/account_end.h"
#include "../user/user.h"

#define CONFIRMATION "DELETE"

VZ_FUNCTION(account_delete);

/* refuse_last_admin raises when the actor is the only administrator; their rows stay locked. */
static void
refuse_last_admin(const VzActor *actor)
{
	if (actor->role == VZ_ROLE_ADMIN && vz_admins_lock().n == 1)
		vz_raise_error(VZ_E_USER_IS_LAST_ADMIN);
}

/* delete_account ends the account: subscriptions by their state machine, then everything that says whose it was. */
static void
delete_account(const pg_uuid_t *user_id)
{
	VzAudit		entry = {.action = "user.delete", .resource_type = "user"};
	VzRow		account;

	vz_user_lock(user_id, &account);
	vz_check_version(user_id, vz_row_int8(&account, "revision"));
	vz_people_end_account(user_id);
	vz_billing_end_account(user_id, "account deleted");
	vz_social_end_account(user_id);
	vz_tracks_end_account(user_id);
	vz_playlists_end_account(user_id);
	vz_notifications_end_account(user_id);
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
	refuse_last_admin(actor);
	refusal = vz_confirm_password(&id, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);
	delete_account(&id);
	return vz_message_answer("The account is deleted.");
}
