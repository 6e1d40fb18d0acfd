/*
 * signature.c
 *		Signatures of webhooks (see signature.h).
 */
#include "signature.h"

#include <sodium.h>
#include <string.h>

#include "keys.h"

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

SignatureVerdict
signature_verify(const char *key_name, const HttpHead *head, const char *body, size_t len)
{
	const HttpHeader *h = request_header(head, "X-Webhook-Signature-512");
	const Key  *keys = keys_current()->keys[KEY_WEBHOOK];

	if (strcmp(key_name, "hyperswitch") != 0 || keys[KEY_PRESENT].text == NULL)
		return SIGNATURE_NO_KEY;
	if (h == NULL || h->value_len != HEX_LEN)
		return SIGNATURE_WRONG;
	for (int age = 0; age < KEY_AGES; age++)
		if (keys[age].text != NULL && is_signed_with(&keys[age], h->value, body, len))
			return SIGNATURE_OK;
	return SIGNATURE_WRONG;
}
