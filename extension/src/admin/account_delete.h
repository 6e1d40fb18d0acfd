/*
 * account_delete.h
 *		Ending an account in all domains.
 */
#ifndef VEZA_ACCOUNT_DELETE_H
#define VEZA_ACCOUNT_DELETE_H

#include "../core/query.h"

/*
 * Ends an account: subscriptions by their state machine, then everything that
 * says whose it was. Whether that is allowed has been judged; raises
 * USER_NOT_FOUND, and USER_IS_LAST_ADMIN for the last administrator.
 */
extern void vz_account_delete(const pg_uuid_t *user_id, const char *reason);

#endif							/* VEZA_ACCOUNT_DELETE_H */
