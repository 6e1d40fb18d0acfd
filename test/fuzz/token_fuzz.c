/*
 * token_fuzz.c
 *		Tokens: any text, and any payload under the right signature. Input: a
 *		byte of options, then the token or its payload.
 */
#include <sodium.h>

#include "../../httpd/trust/keys.h"
#include "../../httpd/trust/token.h"
#include "fuzz.h"

#define SECRET "fuzz-secret-fuzz-secret-fuzz-secret"

static char header[200];

/* start learns the header that our own tokens have. */
static void
start(void)
{
	json_t	   *empty = json_object();
	char	   *token;

	promise(sodium_init() >= 0);
	keys_publish((KeyTexts)
				 {
					 [KEY_ACCESS] = {SECRET}
				 });
	token_init("veza-api", "veza-app");
	token = token_seal("access", empty);
	promise(token != NULL);
	snprintf(header, sizeof(header), "%.*s", (int) strcspn(token, "."), token);
	free(token);
	json_decref(empty);
}

/* sealed makes a token of our header and any payload, rightly signed. */
static char *
sealed(const uint8_t *payload, size_t size)
{
	size_t		room = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char	   *encoded = malloc(room);
	char	   *token = malloc(strlen(header) + room + 100);
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	size_t		n;

	sodium_bin2base64(encoded, room, payload, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	n = (size_t) sprintf(token, "%s.%s", header, encoded);
	crypto_auth_hmacsha256_init(&state, (const unsigned char *) SECRET, strlen(SECRET));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) token, n);
	crypto_auth_hmacsha256_final(&state, mac);
	token[n++] = '.';
	sodium_bin2base64(token + n, 99, mac, sizeof(mac), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	free(encoded);
	return token;
}

/* check_identity checks what a good token says against its payload. */
static void
check_identity(const TokenIdentity *identity, const uint8_t *payload, size_t size)
{
	json_t	   *claims = json_loadb((const char *) payload, size, JSON_REJECT_DUPLICATES, NULL);

	promise(json_is_object(claims));
	promise(strlen(identity->user_id) == 36 && strlen(identity->session_id) == 36);
	promise(strcmp(identity->user_id, json_string_value(json_object_get(claims, "sub"))) == 0);
	promise(strcmp(json_string_value(json_object_get(claims, "token_use")), "access") == 0);
	promise(strcmp(json_string_value(json_object_get(claims, "aud")), "veza-app") == 0);
	promise(json_is_integer(json_object_get(claims, "exp")));
	promise(atoi(identity->token_version) >= 0);
	json_decref(claims);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TokenIdentity identity;
	char	   *token;
	TokenVerdict verdict;

	if (header[0] == '\0')
		start();
	if (size < 1)
		return 0;
	token = *data == 'p' ? sealed(data + 1, size - 1) : text_of(data + 1, size - 1);
	verdict = token_verify(token, strlen(token), &identity);
	promise(verdict == TOKEN_OK || verdict == TOKEN_INVALID || verdict == TOKEN_EXPIRED);
	if (*data == 'p' && verdict == TOKEN_OK)
		check_identity(&identity, data + 1, size - 1);
	else
		promise(verdict != TOKEN_OK);
	free(token);
	return 0;
}
