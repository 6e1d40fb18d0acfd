/*
 * account_end.c
 *		What an account that ends leaves behind (see account_end.h).
 */
#include "account_end.h"

#include "comment_delete.h"
#include "moderation_case.h"

void
vz_social_end_account(const pg_uuid_t *user_id)
{
	vz_comments_end_account(user_id);
	vz_cases_end_account(user_id);
}
