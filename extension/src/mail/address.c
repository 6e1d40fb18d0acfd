/*
 * address.c
 *		Whose account an e-mail address means (see address.h, and "Accounts" in
 *		docs/design.md).
 *
 * Users are locked before their claims. No claim locks or changes the row of
 * another account.
 */
#include "address.h"

#include "../core/ground/audit.h"
#include "../core/ground/clock.h"

static VzStmt find_account = VZ_STMT(
	"select user_id from veza_data.address_account where address = $1", TEXTOID);

static VzStmt find_address = VZ_STMT(
	"select address from veza_data.address_account where user_id = $1", UUIDOID);

/* Of claims that are made at the same moment one waits for the other here, or in the index of first ones. */
static VzStmt lock_claims = VZ_STMT(
	"select from veza_data.address_claim where address = $1 and is_open order by user_id for update", TEXTOID);

static VzStmt end_claim = VZ_STMT(
	"delete from veza_data.address_claim where user_id = $1 and address = $2", UUIDOID, TEXTOID);

static VzStmt insert_claim = VZ_STMT(
	"insert into veza_data.address_claim (user_id, address, is_first, made_at)"
	" select $1, $2, $3 and not exists (select from veza_data.address_claim c where c.address = $2 and c.is_open)"
	"                   and not exists (select from veza_data.users u where u.email = $2 and u.is_verified), $4"
	" on conflict do nothing",
	UUIDOID, TEXTOID, BOOLOID, TIMESTAMPTZOID);

static VzStmt crowd_out = VZ_STMT(
	"update veza_data.address_claim set is_open = false where address = $1 and user_id in"
	" (select user_id from veza_data.address_claim where address = $1 and is_open"
	"   order by is_first desc, user_id = $2 desc, made_at desc, user_id offset $3)",
	TEXTOID, UUIDOID, INT8OID);

static VzStmt reopen = VZ_STMT(
	"update veza_data.address_claim c set is_open = true from veza_data.users u"
	" where c.user_id = $1 and c.address = $2 and u.id = c.user_id"
	"   and (u.pending_email = $2 or u.email = $2 and not u.is_verified)"
	" returning u.pending_email is not distinct from $2 as is_change",
	UUIDOID, TEXTOID);

static VzStmt settle = VZ_STMT(
	"delete from veza_data.address_claim c using veza_data.users u"
	" where u.id = $1 and c.user_id = u.id and c.address is distinct from u.pending_email"
	"   and (u.is_verified or c.address is distinct from u.email)",
	UUIDOID);

static VzStmt close_others = VZ_STMT(
	"update veza_data.address_claim set is_open = false, is_first = false"
	" where address = $2 and is_open and user_id <> $1",
	UUIDOID, TEXTOID);

static VzStmt find_old = VZ_STMT(
	"select c.user_id, c.address from veza_data.address_claim c join veza_data.users u on u.id = c.user_id"
	" where c.made_at < $1 order by c.made_at limit 500 for no key update of u skip locked",
	TIMESTAMPTZOID);

/* It may have been claimed anew before its account was locked. */
static VzStmt end_old = VZ_STMT(
	"delete from veza_data.address_claim where user_id = $1 and address = $2 and made_at < $3",
	UUIDOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt take_off = VZ_STMT(
	"update veza_data.users set email = case when is_verified then email else nullif(email, $2) end,"
	"       pending_email = nullif(pending_email, $2), updated_at = $3, revision = revision + 1"
	" where id = $1 and (not is_verified and email = $2 or pending_email = $2)",
	UUIDOID, TEXTOID, TIMESTAMPTZOID);

bool
vz_address_find(const char *address, pg_uuid_t *user_id)
{
	VzRow		row;

	if (!vz_query_row(&find_account, VZ_ARGS(vz_arg_text(address)), &row))
		return false;
	*user_id = *vz_row_uuid(&row, "user_id");
	return true;
}

char *
vz_address_of(const pg_uuid_t *user_id)
{
	VzRow		row;

	return vz_query_row(&find_address, VZ_ARGS(vz_arg_uuid(user_id)), &row) ? vz_row_text(&row, "address") : NULL;
}

/* crowd_out_old closes the oldest claims to an address that has too many; neither the first nor this account's. */
static void
crowd_out_old(const pg_uuid_t *user_id, const char *address)
{
	int64		most = Max(2, vz_setting_int("address_claims_max"));

	vz_execute(&crowd_out, VZ_ARGS(vz_arg_text(address), vz_arg_uuid(user_id), vz_arg_int8(most)));
}

void
vz_address_claim(const pg_uuid_t *user_id, const char *address, bool is_own)
{
	VzArg		id = vz_arg_uuid(user_id);
	VzArg		name = vz_arg_text(address);

	vz_execute(&end_claim, VZ_ARGS(id, name));
	vz_query_rows(&lock_claims, VZ_ARGS(name));
	/* Of two first ones one finds the other in its way, and is the second. */
	for (int i = 0; i < 2; i++)
		if (vz_execute(&insert_claim, VZ_ARGS(id, name, vz_arg_bool(is_own), vz_arg_time(vz_now()))) > 0)
			break;
	crowd_out_old(user_id, address);
}

bool
vz_address_reopen(const pg_uuid_t *user_id, const char *address, const char **purpose)
{
	VzRow		row;

	vz_query_rows(&lock_claims, VZ_ARGS(vz_arg_text(address)));
	if (!vz_query_row(&reopen, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_text(address)), &row))
		return false;
	*purpose = vz_row_bool(&row, "is_change") ? "change_email" : "verify_email";
	crowd_out_old(user_id, address);
	return true;
}

void
vz_address_settle(const pg_uuid_t *user_id)
{
	vz_execute(&settle, VZ_ARGS(vz_arg_uuid(user_id)));
}

void
vz_address_take(const pg_uuid_t *owner, const char *address)
{
	vz_execute(&close_others, VZ_ARGS(vz_arg_uuid(owner), vz_arg_text(address)));
	vz_address_settle(owner);
}

int64
vz_job_end_claims(void)
{
	TimestampTz now = vz_now();
	VzArg		before = vz_arg_time(vz_time_plus(now, -vz_setting_int("address_claim_ttl")));
	VzRows		old = vz_query_rows(&find_old, VZ_ARGS(before));
	int64		n = 0;

	for (uint64 i = 0; i < old.n; i++)
	{
		VzAudit		entry = {.action = "auth.address_expired", .resource_type = "user"};
		VzArg		id = vz_arg_uuid(vz_row_uuid(&old.row[i], "user_id"));
		VzArg		address = vz_arg_text(vz_row_text(&old.row[i], "address"));

		if (vz_execute(&end_old, VZ_ARGS(id, address, before)) == 0 ||
			vz_execute(&take_off, VZ_ARGS(id, address, vz_arg_time(now))) == 0)
			continue;
		entry.resource_id = vz_row_uuid_text(&old.row[i], "user_id");
		vz_audit(&entry);
		n++;
	}
	return n;
}
