/*
 * signature.c
 *		Signatures of webhooks (see signature.h).
 */
#include "signature.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "keys.h"

#define BEARER "Bearer "
#define HEX_LEN (2 * crypto_auth_hmacsha512_BYTES)

/* is_signed_with says whether a hexadecimal signature is the body's under the key, in constant time. */
static bool
is_signed_with(const Key *key, const char *signature, const char *body, size_t len)
{
	crypto_auth_hmacsha512_state state;
	unsigned char mac[crypto_auth_hmacsha512_BYTES];
	char		hex[HEX_LEN + 1];

	crypto_auth_hmacsha512_init(&state, (const unsigned char *) key->text, key->length);
	crypto_auth_hmacsha512_update(&state, (const unsigned char *) body, len);
	crypto_auth_hmacsha512_final(&state, mac);
	sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac));
	return sodium_memcmp(hex, signature, HEX_LEN) == 0;
}

/* is_key says whether a text is the key, in constant time but for its length. */
static bool
is_key(const Key *key, const char *text, size_t len)
{
	return key->text != NULL && key->length == len && sodium_memcmp(key->text, text, len) == 0;
}

/* verify_internal compares the key that a service of ours sends: by a header of its own, or as a bearer. */
static SignatureVerdict
verify_internal(const HttpHead *head)
{
	const HttpHeader *h = request_header(head, "X-Internal-API-Key");
	const Key  *keys = keys_current()->keys[KEY_INTERNAL];
	const char *text = h ? h->value : NULL;
	size_t		len = h ? h->value_len : 0;

	if (keys[KEY_PRESENT].text == NULL)
		return SIGNATURE_NO_KEY;
	if (h == NULL && (h = request_header(head, "Authorization")) != NULL && h->value_len > strlen(BEARER) &&
		strncasecmp(h->value, BEARER, strlen(BEARER)) == 0)
	{
		text = h->value + strlen(BEARER);
		len = h->value_len - strlen(BEARER);
	}
	for (int age = 0; text != NULL && age < KEY_AGES; age++)
		if (is_key(&keys[age], text, len))
			return SIGNATURE_OK;
	return SIGNATURE_WRONG;
}

SignatureVerdict
signature_verify(const char *key_name, const HttpHead *head, const char *body, size_t len)
{
	const HttpHeader *h = request_header(head, "X-Webhook-Signature-512");
	const Key  *keys = keys_current()->keys[KEY_WEBHOOK];

	if (strcmp(key_name, "internal") == 0)
		return verify_internal(head);
	if (strcmp(key_name, "hyperswitch") != 0 || keys[KEY_PRESENT].text == NULL)
		return SIGNATURE_NO_KEY;
	if (h == NULL || h->value_len != HEX_LEN)
		return SIGNATURE_WRONG;
	for (int age = 0; age < KEY_AGES; age++)
		if (keys[age].text != NULL && is_signed_with(&keys[age], h->value, body, len))
			return SIGNATURE_OK;
	return SIGNATURE_WRONG;
}
