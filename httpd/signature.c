/*
 * signature.c
 *		Signatures of webhooks (see signature.h).
 */
#include "signature.h"

#include <sodium.h>
#include <string.h>

#include "config.h"

#define HEX_LEN (2 * crypto_auth_hmacsha512_BYTES)

SignatureVerdict
signature_verify(const char *key_name, const HttpHead *head, const char *body, size_t len)
{
	const HttpHeader *h = request_header(head, "X-Webhook-Signature-512");
	const char *key = config_text(CONFIG_HYPERSWITCH_WEBHOOK_SECRET);
	crypto_auth_hmacsha512_state state;
	unsigned char mac[crypto_auth_hmacsha512_BYTES];
	char		hex[HEX_LEN + 1];

	if (strcmp(key_name, "hyperswitch") != 0 || key == NULL || key[0] == '\0')
		return SIGNATURE_NO_KEY;
	if (h == NULL || h->value_len != HEX_LEN)
		return SIGNATURE_WRONG;
	crypto_auth_hmacsha512_init(&state, (const unsigned char *) key, strlen(key));
	crypto_auth_hmacsha512_update(&state, (const unsigned char *) body, len);
	crypto_auth_hmacsha512_final(&state, mac);
	sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac));
	return sodium_memcmp(hex, h->value, HEX_LEN) == 0 ? SIGNATURE_OK : SIGNATURE_WRONG;
}
