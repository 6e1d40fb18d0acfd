/*
 * proof.c
 *		Proving again who one is (see proof.h).
 */
#include "proof.h"

#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/query.h"
#include "../core/request/request.h"
#include "limit.h"
#include "lockout.h"
#include "password.h"
#include "validators.h"

static VzStmt find_password = VZ_STMT(
	"select password_hash from veza_data.users where id = $1 for no key update", UUIDOID);

static VzStmt find_fresh = VZ_STMT(
	"select from veza_data.session where id = $1 and user_id = $2 and ended_at is null and created_at > $3",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

VzRefusal *
vz_confirm_password(const pg_uuid_t *user_id, const char *password)
{
	VzRefusal  *refusal = vz_limit_take("password", vz_uuid_text(user_id), vz_setting_int("password_change_limit"), 3600);
	VzAudit		entry = {.action = "auth.confirm_password", .outcome = "failure", .resource_type = "user"};
	VzRow		user;

	if (refusal != NULL)
		return refusal;
	if (vz_query_row(&find_password, VZ_ARGS(vz_arg_uuid(user_id)), &user) && strlen(password) <= VZ_PASSWORD_MAX_BYTES &&
		vz_password_equal(vz_row_text(&user, "password_hash"),
						  vz_password_rehash(vz_row_text(&user, "password_hash"), password)) &&
		!vz_lockout_is_locked(user_id))
	{
		vz_limit_give_back("password", vz_uuid_text(user_id));
		vz_lockout_forget(user_id);
		return NULL;
	}
	entry.resource_id = vz_uuid_text(user_id);
	vz_audit(&entry);
	vz_lockout_count(user_id, NULL);
	return vz_refusal(VZ_E_INVALID_CURRENT_PASSWORD);
}

/* login_is_fresh: the login of the actor's session is so recent that it proves who one is. */
static bool
login_is_fresh(const VzActor *actor)
{
	VzRow		row;

	return actor->has_session &&
		vz_query_row(&find_fresh, VZ_ARGS(vz_arg_uuid(&actor->session_id), vz_arg_uuid(&actor->user_id),
										  vz_arg_time(vz_time_plus(vz_now(), -vz_setting_int("fresh_login")))), &row);
}

VzRefusal *
vz_prove_identity(const char *field, const char *password)
{
	const VzActor *actor = vz_require_user();

	if (password != NULL && password[0] != '\0')
		return vz_confirm_password(&actor->user_id, password);
	/* Why an operator acts for somebody is on record already. */
	if (actor->is_dba || login_is_fresh(actor))
		return NULL;
	return vz_fact_int(vz_fact(vz_refusal(VZ_E_REAUTHENTICATION_REQUIRED), "field", field),
					   "fresh_login_seconds", vz_setting_int("fresh_login"));
}
