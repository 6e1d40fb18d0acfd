/*
 * token.h
 *		Sealing and unsealing access tokens. The only user of libjwt.
 *
 * libjwt 1.10 checks a signature and nothing else; every claim is checked
 * here by hand. Who the token's user is today, the database decides.
 */
#ifndef VEZA_TOKEN_H
#define VEZA_TOKEN_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

#define UUID_TEXT_LEN 36

typedef struct TokenIdentity
{
	char		user_id[UUID_TEXT_LEN + 1];
	char		session_id[UUID_TEXT_LEN + 1];
	char		token_version[12];
	time_t		expires_at;
} TokenIdentity;

typedef enum TokenVerdict
{
	TOKEN_OK,
	TOKEN_INVALID,
	TOKEN_EXPIRED
} TokenVerdict;

/* Takes key, issuer and audience; the key has at least 32 characters. */
extern void token_init(const char *secret, const char *issuer, const char *audience);

/* Verifies an access token: signature, algorithm, header, and each claim. */
extern TokenVerdict token_verify(const char *token, size_t len, TokenIdentity *identity);

/* Signs claims, adding issuer and audience; returns a malloc'd token or NULL. */
extern char *token_seal(const char *key, const json_t *claims);

#endif							/* VEZA_TOKEN_H */
