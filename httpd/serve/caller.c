/*
 * caller.c
 *		Who asks (see caller.h).
 */
#include "caller.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* header_text copies a header's value if it is valid UTF-8; NULL otherwise. */
static char *
header_text(const HttpHeader *h)
{
	return h != NULL && is_utf8(h->value, h->value_len) ? strndup(h->value, h->value_len) : NULL;
}

/*
 * request_digest names a keyed request: the same key with another address or
 * body is another request. The key is part of it, so that a stored digest
 * does not let anybody guess at a body.
 */
static char *
request_digest(const Request *r, const HttpHeader *key)
{
	crypto_hash_sha256_state state;
	unsigned char digest[crypto_hash_sha256_BYTES];
	char	   *text = malloc(2 * sizeof(digest) + 1);

	if (text == NULL)
		abort();
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *) key->value, key->value_len + 1);
	crypto_hash_sha256_update(&state, (const unsigned char *) r->raw_target, strlen(r->raw_target) + 1);
	crypto_hash_sha256_update(&state, (const unsigned char *) (r->body ? r->body : ""), r->body_len);
	if (r->upload != NULL)
		upload_digest(r->upload, &state);
	crypto_hash_sha256_final(&state, digest);
	sodium_bin2hex(text, 2 * sizeof(digest) + 1, digest, sizeof(digest));
	return text;
}

/* condition_text copies a condition for the function that judges it. Bytes beyond ASCII are in no tag of ours. */
static char *
condition_text(const Request *r, const char *condition)
{
	char	   *text;

	if (condition == NULL || !r->route->judges_conditions)
		return NULL;
	if ((text = strdup(condition)) == NULL)
		abort();
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char) *p >= 0x80)
			*p = '?';
	return text;
}

void
caller_add(Job *job, const Request *r, const HttpHead *head)
{
	const TokenIdentity *identity = r->has_identity ? &r->identity : NULL;
	const HttpHeader *key = r->route->has_replay ? request_header(head, "Idempotency-Key") : NULL;

	job->values[0] = identity ? strdup(identity->user_id) : NULL;
	job->values[1] = identity ? strdup(identity->session_id) : NULL;
	job->values[2] = identity ? strdup(identity->token_version) : NULL;
	job->values[3] = strdup(r->id);
	job->values[4] = r->address[0] ? strdup(r->address) : NULL;
	job->values[5] = header_text(request_header(head, "User-Agent"));
	job->values[6] = strdup(r->language);
	job->values[7] = condition_text(r, r->if_match);
	job->values[8] = header_text(key);
	job->values[9] = key ? request_digest(r, key) : NULL;
	job->values[10] = condition_text(r, r->if_none_match);
	job->nvalues = CALLER_VALUES;
}
