/*
 * one_time_token.h
 *		Tokens that mails carry: random, stored as hashes, good once, for one
 *		purpose (verify_email, change_email, reset_password).
 */
#ifndef VEZA_ONE_TIME_TOKEN_H
#define VEZA_ONE_TIME_TOKEN_H

#include "../core/ground/query.h"

typedef struct VzOneTimeToken
{
	pg_uuid_t	user_id;
	const char *purpose;
	const char *email;			/* the address it was sent to */
} VzOneTimeToken;

/*
 * Makes the token of a mail and returns it; its lifetime is the setting of its
 * purpose. Tokens of other mails to the user for the same purpose become
 * useless. The user must be locked.
 */
extern char *vz_one_time_token_new(const pg_uuid_t *user_id, const char *purpose, const char *email,
								   const pg_uuid_t *mail_id);

/* Says whether a mail that was asked for later has got its token already; the user must be locked. */
extern bool vz_one_time_token_is_superseded(const pg_uuid_t *user_id, const char *purpose, const pg_uuid_t *mail_id);

/* Reads whose a token is that is good for one of the purposes of a comma-separated list, and leaves it good. */
extern bool vz_one_time_token_find(const char *token, const char *purposes, VzOneTimeToken *found);

/*
 * Uses a token for one of the purposes of a comma-separated list. False when
 * it is unknown, used, too old or for another purpose. Among calls at the same time
 * one succeeds. All other tokens of the user for the same purpose become useless.
 */
extern bool vz_one_time_token_use(const char *token, const char *purposes, VzOneTimeToken *used);

/* Makes all tokens of a user useless that reset the password or change the address. */
extern void vz_one_time_tokens_void(const pg_uuid_t *user_id);

/* Deletes tokens that are over for mail_keep seconds; returns how many. */
extern int64 vz_job_sweep_tokens(void);

#endif							/* VEZA_ONE_TIME_TOKEN_H */
