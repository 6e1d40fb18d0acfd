/*
 * signature.h
 *		Signatures of webhooks, over the bytes as received: a body and a header
 *		go in, whether they fit comes out. From any thread.
 */
#ifndef VEZA_SIGNATURE_H
#define VEZA_SIGNATURE_H

#include "../wire/admit.h"

typedef enum SignatureVerdict
{
	SIGNATURE_OK,
	SIGNATURE_WRONG,
	SIGNATURE_NO_KEY			/* none is configured: fail closed */
} SignatureVerdict;

/*
 * Verifies the body's signature under the key of that name, in constant time.
 * "hyperswitch": hexadecimal HMAC-SHA512 in X-Webhook-Signature-512, under the
 * present or the former key of webhooks. "internal": the present or the former
 * key itself, in X-Internal-API-Key or as a bearer's, whatever the body.
 */
extern SignatureVerdict signature_verify(const char *key_name, const HttpHead *head,
										 const char *body, size_t len);

#endif							/* VEZA_SIGNATURE_H */
