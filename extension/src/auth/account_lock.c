/*
 * account_lock.c
 *		Locking an account before anything that belongs to it (see account_lock.h).
 */
#include "account_lock.h"

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"

static VzStmt lock_user = VZ_STMT(
	"select id from veza_data.users where id = $1 for no key update", UUIDOID);

static VzStmt account_is_served = VZ_STMT(
	"select status = 'active' as yes from veza_data.users where id = $1", UUIDOID);

void
vz_lock_user(const pg_uuid_t *user_id)
{
	VzRow		row;

	if (!vz_query_row(&lock_user, VZ_ARGS(vz_arg_uuid(user_id)), &row))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_USER_NOT_FOUND), "user_id", user_id));
}

void
vz_lock_actor(const VzActor *actor)
{
	vz_lock_user(&actor->user_id);
	if (!vz_account_is_served(&actor->user_id))
		vz_raise_error(VZ_E_USER_ACCOUNT_DISABLED);
}

bool
vz_account_is_served(const pg_uuid_t *user_id)
{
	VzRow		row;

	return vz_query_row(&account_is_served, VZ_ARGS(vz_arg_uuid(user_id)), &row) && vz_row_bool(&row, "yes");
}
