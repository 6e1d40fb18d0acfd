/*
 * user_admin.c
 *		What administrators do to accounts, and how one becomes an administrator.
 *
 * Nobody becomes an administrator over HTTP: a stolen administrator's session
 * must not be able to make more of them. Administrators do not change their
 * own role or status, so whoever demotes the last but one stays; and because
 * all of them are locked first and the actor is looked up again among them,
 * two who demote each other at once leave one.
 */
#include "user_change.h"

#include "../auth/session.h"
#include "../core/request/acting.h"
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/request/condition.h"
#include "../core/ground/json.h"
#include "../core/request/request.h"

VZ_FUNCTION(admin_user_update);
VZ_FUNCTION(admin_user_role);
VZ_FUNCTION(admin_user_suspend);
VZ_FUNCTION(admin_user_unsuspend);
VZ_FUNCTION(admin_user_logout);
VZ_FUNCTION(make_admin);

/* id_argument returns a UUID argument, or NULL. */
static const pg_uuid_t *
id_argument(FunctionCallInfo fcinfo, int argno)
{
	return PG_ARGISNULL(argno) ? NULL : PG_GETARG_UUID_P(argno);
}

/* rows_contain_user: the user is among the rows. */
static bool
rows_contain_user(const VzRows *users, const pg_uuid_t *id)
{
	for (uint64 i = 0; i < users->n; i++)
		if (vz_uuid_equal(vz_row_uuid(&users->row[i], "id"), id))
			return true;
	return false;
}

/* refuse_own raises when the actor's own role or status would change. */
static void
refuse_own(const VzRow *target, const VzUserChange *change, uint64 admins)
{
	if ((change->role != NULL && strcmp(change->role, vz_row_text(target, "role")) != 0) ||
		(change->status != NULL && strcmp(change->status, vz_row_text(target, "status")) != 0))
		vz_raise_error(admins == 1 ? VZ_E_USER_IS_LAST_ADMIN : VZ_E_ADMIN_OWN_ACCOUNT);
}

/*
 * change_user does what an administrator wishes, unless the actor has ceased
 * to be one meanwhile, or a rule forbids it; answers with the account.
 */
static Datum
change_user(const pg_uuid_t *id, const VzUserChange *change)
{
	const VzActor *actor = vz_require_admin();
	VzRows		admins = vz_admins_lock();
	VzRow		target;

	if (!rows_contain_user(&admins, &actor->user_id))
		vz_raise(vz_fact(vz_refusal(VZ_E_AUTH_INSUFFICIENT_PERMISSIONS), "required_role", "admin"));
	vz_user_lock(id, &target);
	vz_check_version(id, vz_row_int8(&target, "revision"));
	if (vz_uuid_equal(id, &actor->user_id))
		refuse_own(&target, change, admins.n);
	else if (change->role != NULL && strcmp(change->role, "admin") == 0 && strcmp(vz_row_text(&target, "role"), "admin") != 0)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_ADMIN_NOT_GRANTABLE), "user_id", id));
	vz_user_change(&target, change);
	return vz_user_answer(id);
}

/* role_argument returns the name of a role; another word becomes a field error. */
static const char *
role_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	char	   *role = vz_text_argument(fcinfo, argno);

	if (role != NULL && vz_role_from_name(role) == VZ_ROLE_NONE)
		vz_field_error(wrong, "role", "must be user, premium, creator, artist, producer or label");
	return role;
}

/*
 * admin_user_update changes role, status and whether the address counts as
 * confirmed; what is not given stays.
 *
 * Arguments: user, role, active or suspended, confirmed, reason (optional).
 */
Datum
admin_user_update(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzUserChange change = {.is_verified = -1};

	vz_require_admin();
	change.role = role_argument(fcinfo, 1, wrong);
	if (!PG_ARGISNULL(2))
		change.status = PG_GETARG_BOOL(2) ? "active" : "suspended";
	if (!PG_ARGISNULL(3))
		change.is_verified = PG_GETARG_BOOL(3);
	change.reason = vz_text_argument(fcinfo, 4);
	vz_raise_if(wrong);
	return change_user(id_argument(fcinfo, 0), &change);
}

/* admin_user_role gives an account another role. Arguments: user, role, reason. */
Datum
admin_user_role(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzUserChange change = {.is_verified = -1};

	vz_require_admin();
	change.role = role_argument(fcinfo, 1, wrong);
	if (change.role == NULL)
		vz_field_error(wrong, "role", "is missing");
	change.reason = vz_reason_argument(fcinfo, 2, wrong);
	vz_raise_if(wrong);
	return change_user(id_argument(fcinfo, 0), &change);
}

/* change_status suspends an account or gives it back. Arguments: user, reason. */
static Datum
change_status(FunctionCallInfo fcinfo, const char *status)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzUserChange change = {.status = status, .is_verified = -1};

	vz_require_admin();
	change.reason = vz_reason_argument(fcinfo, 1, wrong);
	vz_raise_if(wrong);
	return change_user(id_argument(fcinfo, 0), &change);
}

/* admin_user_suspend shuts an account out: its sessions and tokens end, and it cannot log in. */
Datum
admin_user_suspend(PG_FUNCTION_ARGS)
{
	return change_status(fcinfo, "suspended");
}

/* admin_user_unsuspend lets a suspended account log in again. */
Datum
admin_user_unsuspend(PG_FUNCTION_ARGS)
{
	return change_status(fcinfo, "active");
}

/* admin_user_logout ends all sessions of an account; answers how many. Arguments: user, reason (optional). */
Datum
admin_user_logout(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *id = id_argument(fcinfo, 0);
	VzAudit		entry = {.action = "user.logout", .resource_type = "user"};
	StringInfoData json;
	VzRow		target;
	uint64		n;

	vz_require_admin();
	vz_user_lock(id, &target);
	vz_check_version(id, vz_row_int8(&target, "revision"));
	n = vz_sessions_end(id, NULL, NULL, "admin");
	entry.resource_id = vz_uuid_text(id);
	entry.reason = vz_text_argument(fcinfo, 1);
	entry.details = psprintf("{\"sessions\":" UINT64_FORMAT "}", n);
	vz_audit(&entry);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"devices_disconnected\":" UINT64_FORMAT "}", n);
	return vz_json_datum(&json);
}

/*
 * make_admin makes an account an administrator. It is for operators in psql,
 * acts for nobody, and is on record with the SQL role that called it.
 *
 * Arguments: username or id, reason.
 */
Datum
make_admin(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzUserChange change = {.role = "admin", .is_verified = -1};
	char	   *name = vz_text_argument(fcinfo, 0);
	VzRow		found;
	VzRow		target;

	if (name == NULL || name[0] == '\0')
		vz_field_error(wrong, "account", "is missing");
	change.reason = vz_reason_argument(fcinfo, 1, wrong);
	vz_raise_if(wrong);
	if (!vz_account_find(name, &found))
		vz_raise(vz_fact(vz_refusal(VZ_E_USER_NOT_FOUND), "account", name));
	vz_admins_lock();
	vz_user_lock(vz_row_uuid(&found, "user_id"), &target);
	if (strcmp(vz_row_text(&target, "status"), "active") != 0)
		vz_raise(vz_fact(vz_refusal(VZ_E_USER_ACCOUNT_DISABLED), "account", name));
	vz_user_change(&target, &change);
	PG_RETURN_UUID_P(vz_row_uuid(&target, "id"));
}
