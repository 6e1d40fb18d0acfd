/*
 * lockout.c
 *		Failed logins in a row (see lockout.h).
 *
 * One row per account, whose lock makes parallel failures count one by one.
 */
#include "lockout.h"

#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/digest.h"
#include "../core/ground/refusal.h"
#include "../mail/mail.h"

static VzStmt count_failure = VZ_STMT(
	"insert into veza_data.login_failure as f (subject_hash, user_id, failures, last_at) values ($1, $2, 1, $3)"
	" on conflict (subject_hash) do update set failures = f.failures + 1, last_at = $3"
	" returning failures, locked_at is not null as is_locked",
	BYTEAOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt lock_account = VZ_STMT(
	"update veza_data.login_failure set locked_at = $2 where user_id = $1", UUIDOID, TIMESTAMPTZOID);

static VzStmt find_lock = VZ_STMT(
	"select locked_at is not null as is_locked from veza_data.login_failure where user_id = $1 for update", UUIDOID);

static VzStmt forget = VZ_STMT(
	"delete from veza_data.login_failure where user_id = $1 returning locked_at is not null as is_locked", UUIDOID);

static VzStmt find_user = VZ_STMT("select from veza_data.users where id = $1 for no key update", UUIDOID);

static VzStmt sweep = VZ_STMT(
	"delete from veza_data.login_failure where user_id is null and last_at < $1", TIMESTAMPTZOID);

VZ_FUNCTION(unlock_account);

void
vz_lockout_count(const pg_uuid_t *user_id, const char *name)
{
	VzAudit		entry = {.action = "auth.lock", .resource_type = "user", .reason = "too many failed logins"};
	/* A name may look like an id. */
	const char *subject = user_id != NULL ? psprintf("account %s", vz_uuid_text(user_id)) : psprintf("name %s", name);
	int64		most = vz_setting_int("login_failures_max");
	VzRow		row;

	vz_query_row(&count_failure, VZ_ARGS(vz_arg_sha256(subject, strlen(subject)), vz_arg_uuid(user_id),
										 vz_arg_time(vz_now())), &row);
	if (user_id == NULL || most <= 0 || vz_row_bool(&row, "is_locked") || vz_row_int8(&row, "failures") < most)
		return;
	vz_execute(&lock_account, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_time(vz_now())));
	entry.resource_id = vz_uuid_text(user_id);
	vz_audit(&entry);
	vz_mail_notify("login_locked", user_id, NULL);
}

bool
vz_lockout_is_locked(const pg_uuid_t *user_id)
{
	VzRow		row;

	return vz_query_row(&find_lock, VZ_ARGS(vz_arg_uuid(user_id)), &row) && vz_row_bool(&row, "is_locked");
}

bool
vz_lockout_forget(const pg_uuid_t *user_id)
{
	VzRow		row;

	return vz_query_row(&forget, VZ_ARGS(vz_arg_uuid(user_id)), &row) && vz_row_bool(&row, "is_locked");
}

int64
vz_job_sweep_failures(void)
{
	return (int64) vz_execute(&sweep, VZ_ARGS(vz_arg_time(vz_time_plus(vz_now(), -86400))));
}

pg_uuid_t
vz_operator_account(FunctionCallInfo fcinfo, VzAudit *entry)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	pg_uuid_t  *user_id;
	VzRow		row;

	VZ_REQUIRE_ARGUMENTS("user_id");
	user_id = PG_GETARG_UUID_P(0);
	entry->reason = vz_reason_argument(fcinfo, 1, wrong);
	vz_raise_if(wrong);
	if (!vz_query_row(&find_user, VZ_ARGS(vz_arg_uuid(user_id)), &row))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_USER_NOT_FOUND), "user_id", user_id));
	entry->resource_id = vz_uuid_text(user_id);
	return *user_id;
}

/*
 * unlock_account has an account's password accepted again; says whether it
 * was locked. For operators; written to the audit log.
 */
Datum
unlock_account(PG_FUNCTION_ARGS)
{
	VzAudit		entry = {.action = "dba.unlock_account", .resource_type = "user"};
	pg_uuid_t	user_id = vz_operator_account(fcinfo, &entry);
	bool		was_locked = vz_lockout_forget(&user_id);

	entry.details = psprintf("{\"was_locked\":%s}", was_locked ? "true" : "false");
	vz_audit(&entry);
	PG_RETURN_BOOL(was_locked);
}
