/*
 * user_change.c
 *		Changing an account, and everything that follows (see user_change.h).
 */
#include "user_change.h"

#include "../auth/session.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/ground/response.h"
#include "../mail/address.h"
#include "../mail/mail.h"

/* FOR NO KEY UPDATE lets the administrators' own logins and rows go on. */
static VzStmt lock_admins = VZ_STMT_NO_ARGS(
	"select id from veza_data.users where role = 'admin' and status = 'active' order by id for no key update");

static VzStmt lock_user = VZ_STMT(
	"select id, username, email, role, status, is_verified, revision from veza_data.users"
	" where id = $1 and status <> 'deleted' for no key update",
	UUIDOID);

/* Tokens of before a change of role or status are refused; a refresh of a living session gives new ones. */
static VzStmt update_user = VZ_STMT(
	"update veza_data.users set role = $2, status = $3, is_verified = $4, token_version = token_version + $5,"
	"       revision = revision + 1, updated_at = $6"
	" where id = $1",
	UUIDOID, TEXTOID, TEXTOID, BOOLOID, INT4OID, TIMESTAMPTZOID);

static VzStmt find_owner_of_address = VZ_STMT(
	"select from veza_data.users where email = $2 and is_verified and id <> $1", UUIDOID, TEXTOID);

static VzStmt detail = VZ_STMT(
	"select * from veza_data.admin_user_detail_shape where id = $1", UUIDOID);

VzRows
vz_admins_lock(void)
{
	return vz_query_rows(&lock_admins, VZ_NO_ARGS);
}

void
vz_user_lock(const pg_uuid_t *id, VzRow *target)
{
	if (id == NULL || !vz_query_row(&lock_user, VZ_ARGS(vz_arg_uuid(id)), target))
		vz_raise(id ? vz_fact_uuid(vz_refusal(VZ_E_USER_NOT_FOUND), "user_id", id) : vz_refusal(VZ_E_USER_NOT_FOUND));
}

/* json_change returns {"name":"value"}. */
static char *
json_change(const char *name, const char *value)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"%s\":", name);
	escape_json(&json, value);
	appendStringInfoChar(&json, '}');
	return json.data;
}

/* record_column writes one changed column to the audit log. */
static void
record_column(const VzRow *target, const char *action, const char *reason, const char *column,
			  const char *before, const char *after)
{
	VzAudit		entry = {.action = action, .resource_type = "user", .reason = reason};

	entry.resource_id = vz_row_uuid_text(target, "id");
	entry.old_values = json_change(column, before);
	entry.new_values = json_change(column, after);
	vz_audit(&entry);
}

/* refuse_address raises when the account has no address, or another account has confirmed it. */
static void
refuse_address(const VzRow *target)
{
	const pg_uuid_t *id = vz_row_uuid(target, "id");
	const char *email = vz_row_text(target, "email");
	VzRow		owner;

	if (email == NULL)
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "is_verified", "needs an account with an e-mail address"));
	if (vz_query_row(&find_owner_of_address, VZ_ARGS(vz_arg_uuid(id), vz_arg_text(email)), &owner))
		vz_raise(vz_fact(vz_refusal(VZ_E_USER_ALREADY_EXISTS), "field", "email"));
}

/* follow_confirmation makes the address the account's own, or a claim again. */
static void
follow_confirmation(const VzRow *target, bool is_verified, const char *reason)
{
	const pg_uuid_t *id = vz_row_uuid(target, "id");
	const char *email = vz_row_text(target, "email");

	if (is_verified)
		vz_address_take(id, email);
	else if (email != NULL)
		vz_address_claim(id, email, true);
	record_column(target, "user.verify", reason, "is_verified", is_verified ? "false" : "true", is_verified ? "true" : "false");
}

/* follow_status ends or lifts the ban: sessions that a login under way has left behind end with it, too. */
static void
follow_status(const VzRow *target, const char *status, const char *reason)
{
	const pg_uuid_t *id = vz_row_uuid(target, "id");
	bool		is_ban = strcmp(status, "suspended") == 0;

	vz_sessions_end(id, NULL, NULL, "admin");
	record_column(target, is_ban ? "user.suspend" : "user.unsuspend", reason, "status", vz_row_text(target, "status"), status);
	vz_mail_notify(is_ban ? "account_suspended" : "account_restored", id, NULL);
}

bool
vz_user_change(const VzRow *target, const VzUserChange *change)
{
	const pg_uuid_t *id = vz_row_uuid(target, "id");
	const char *role = change->role ? change->role : vz_row_text(target, "role");
	const char *status = change->status ? change->status : vz_row_text(target, "status");
	bool		was_verified = vz_row_bool(target, "is_verified");
	bool		is_verified = change->is_verified < 0 ? was_verified : change->is_verified != 0;
	bool		new_role = strcmp(role, vz_row_text(target, "role")) != 0;
	bool		new_status = strcmp(status, vz_row_text(target, "status")) != 0;

	if (!new_role && !new_status && is_verified == was_verified)
		return false;
	if (is_verified && !was_verified)
		refuse_address(target);
	vz_execute(&update_user, VZ_ARGS(vz_arg_uuid(id), vz_arg_text(role), vz_arg_text(status), vz_arg_bool(is_verified),
									 vz_arg_int4(new_role || new_status ? 1 : 0), vz_arg_time(vz_now())));
	if (is_verified != was_verified)
		follow_confirmation(target, is_verified, change->reason);
	if (new_role)
	{
		record_column(target, "user.role_change", change->reason, "role", vz_row_text(target, "role"), role);
		vz_mail_notify("role_changed", id, json_change("role", role));
	}
	if (new_status)
		follow_status(target, status, change->reason);
	return true;
}

Datum
vz_user_answer(const pg_uuid_t *id)
{
	VzRow		user;
	StringInfoData json;

	if (id == NULL || !vz_query_row(&detail, VZ_ARGS(vz_arg_uuid(id)), &user))
		vz_raise(id ? vz_fact_uuid(vz_refusal(VZ_E_USER_NOT_FOUND), "user_id", id) : vz_refusal(VZ_E_USER_NOT_FOUND));
	vz_set_etag(id, vz_row_int8(&user, "revision"));
	initStringInfo(&json);
	vz_json_append_row(&json, &user);
	return vz_json_datum(&json);
}
