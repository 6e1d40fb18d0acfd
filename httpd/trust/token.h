/*
 * token.h
 *		Sealing tokens and unsealing access tokens: claims go in and a token
 *		comes out, and the other way round. The only user of libjwt. From any
 *		thread; each has a cache of its own.
 *
 * libjwt 1.10 checks a signature and nothing else; every claim is checked here
 * by hand. Who the token's user is today, the database decides.
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

/* Takes issuer and audience, once there are keys. */
extern void token_init(const char *issuer, const char *audience);

/* Verifies an access token: signature by the present or the former key, algorithm, header, and each claim. */
extern TokenVerdict token_verify(const char *token, size_t len, TokenIdentity *identity);

/*
 * Verifies the token of a signed address, which speaks for its user at this
 * address alone: path and query as far as they stand before the token.
 */
extern TokenVerdict token_verify_address(const char *token, const char *address, size_t address_len, TokenIdentity *identity);

/*
 * Signs claims with the present key of a class, "access", "chat" or "address", setting
 * issuer, audience and token_use; returns a malloc'd token, or NULL for an
 * unknown class.
 */
extern char *token_seal(const char *class, const json_t *claims);

#endif							/* VEZA_TOKEN_H */
