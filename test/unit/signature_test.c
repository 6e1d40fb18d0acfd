/*
 * signature_test.c
 *		Webhook signatures: HMAC-SHA512 over the bytes as received.
 */
#include <sodium.h>
#include <stdlib.h>

#include "../../httpd/trust/keys.h"
#include "../../httpd/trust/signature.h"
#include "tap.h"

#define HEX_LEN (2 * crypto_auth_hmacsha512_BYTES)

static const char *secret;
static const char body[] = "{\"event_id\":\"evt_1\",\"amount\":1999}";

/* set_secrets puts other keys in force. */
static void
set_secrets(const char *present, const char *former)
{
	KeyTexts	texts = {[KEY_WEBHOOK] = {present, former}};

	secret = present;
	keys_publish(texts);
}

/* sign writes the signature under a key. */
static void
sign(const char *key, const char *text, size_t len, char hex[HEX_LEN + 1])
{
	crypto_auth_hmacsha512_state state;
	unsigned char mac[crypto_auth_hmacsha512_BYTES];

	crypto_auth_hmacsha512_init(&state, (const unsigned char *) key, strlen(key));
	crypto_auth_hmacsha512_update(&state, (const unsigned char *) text, len);
	crypto_auth_hmacsha512_final(&state, mac);
	sodium_bin2hex(hex, HEX_LEN + 1, mac, sizeof(mac));
}

/* verify verifies a body under a header that need not end with NUL. */
static SignatureVerdict
verify(const char *name, const char *value, size_t value_len, const char *text, size_t len)
{
	char	   *exact = malloc(value_len + 1);
	HttpHeader	headers[] = {{"Host", 4, "h", 1}, {name, strlen(name), exact, value_len}};
	HttpHead	head = {"POST", "/", "HTTP/1.1", headers, 2};
	SignatureVerdict verdict;

	memcpy(exact, value, value_len);
	exact[value_len] = 'x';
	verdict = signature_verify("hyperswitch", &head, text, len);
	free(exact);
	return verdict;
}

/* test_published: the first case of RFC 4231, whose answer is not ours. */
static void
test_published(void)
{
	static const char hex[] = "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
		"daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854";

	set_secrets("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", NULL);
	is_number(verify("X-Webhook-Signature-512", hex, HEX_LEN, "Hi There", 8), SIGNATURE_OK, "RFC 4231, case 1");
	set_secrets("webhook-test-key", NULL);
}

/* test_wrong: whatever is not the signature of these bytes under this key. */
static void
test_wrong(void)
{
	char		good[HEX_LEN + 1];
	char		bad[HEX_LEN + 2];
	char		other[HEX_LEN + 1];
	const char *name = "X-Webhook-Signature-512";
	size_t		len = strlen(body);
	HttpHead	none = {"POST", "/", "HTTP/1.1", NULL, 0};

	sign(secret, body, len, good);
	is_number(verify(name, good, HEX_LEN, body, len), SIGNATURE_OK, "the right signature");
	is_number(verify("x-webhook-signature-512", good, HEX_LEN, body, len), SIGNATURE_OK, "the header's name has no case");
	is_number(signature_verify("hyperswitch", &none, body, len), SIGNATURE_WRONG, "no header");
	is_number(verify("X-Webhook-Signature-256", good, HEX_LEN, body, len), SIGNATURE_WRONG, "another header");
	is_number(verify(name, "", 0, body, len), SIGNATURE_WRONG, "an empty one");
	for (size_t i = 0; i < HEX_LEN; i++)
	{
		memcpy(bad, good, sizeof(good));
		bad[i] = bad[i] == '0' ? '1' : '0';
		each(verify(name, bad, HEX_LEN, body, len) == SIGNATURE_WRONG, "digit %zu does not matter", i);
		each(verify(name, good, i, body, len) == SIGNATURE_WRONG, "the first %zu digits suffice", i);
	}
	memcpy(bad, good, HEX_LEN);
	bad[HEX_LEN] = '0';
	each(verify(name, bad, HEX_LEN + 1, body, len) == SIGNATURE_WRONG, "a longer one passes");
	all("every digit counts, and there are 128 of them");
	for (size_t i = 0; i < HEX_LEN; i++)
		bad[i] = good[i] >= 'a' ? (char) (good[i] - 32) : good[i];
	is_number(verify(name, bad, HEX_LEN, body, len), SIGNATURE_WRONG, "upper case is not what the provider sends");
	sign("another-key", body, len, other);
	is_number(verify(name, other, HEX_LEN, body, len), SIGNATURE_WRONG, "another key");
	sign("", body, len, other);
	is_number(verify(name, other, HEX_LEN, body, len), SIGNATURE_WRONG, "the empty key");
	is_number(verify(name, good, HEX_LEN, body, len - 1), SIGNATURE_WRONG, "a body cut short");
	is_number(verify(name, good, HEX_LEN, "{\"amount\":1999,\"event_id\":\"evt_1\"}", len), SIGNATURE_WRONG,
			  "the same members in another order");
	is_number(verify(name, good, HEX_LEN, "", 0), SIGNATURE_WRONG, "no body");
	sign(secret, "a\0b", 3, good);
	is_number(verify(name, good, HEX_LEN, "a\0b", 3), SIGNATURE_OK, "bytes after a NUL are signed, too");
	is_number(verify(name, good, HEX_LEN, "a\0c", 3), SIGNATURE_WRONG, "and checked");
}

/* test_rotation: the former key's signatures count as long as it is there. */
static void
test_rotation(void)
{
	char		old[HEX_LEN + 1];
	char		new[HEX_LEN + 1];
	const char *name = "X-Webhook-Signature-512";
	size_t		len = strlen(body);

	sign("old-key", body, len, old);
	sign("new-key", body, len, new);
	set_secrets("old-key", NULL);
	is_number(verify(name, old, HEX_LEN, body, len), SIGNATURE_OK, "the old key alone: its own signature");
	is_number(verify(name, new, HEX_LEN, body, len), SIGNATURE_WRONG, "and no other");
	set_secrets("new-key", "old-key");
	is_number(verify(name, old, HEX_LEN, body, len), SIGNATURE_OK, "both keys: the old signature");
	is_number(verify(name, new, HEX_LEN, body, len), SIGNATURE_OK, "and the new one");
	sign("third-key", body, len, old);
	is_number(verify(name, old, HEX_LEN, body, len), SIGNATURE_WRONG, "but no third");
	sign("old-key", body, len, old);
	set_secrets("new-key", NULL);
	is_number(verify(name, old, HEX_LEN, body, len), SIGNATURE_WRONG, "withdrawn: the old signature is wrong");
	is_number(verify(name, new, HEX_LEN, body, len), SIGNATURE_OK, "and the new one is right");
	set_secrets("webhook-test-key", NULL);
}

/* test_no_key: without a key nothing passes. */
static void
test_no_key(void)
{
	char		hex[HEX_LEN + 1];
	HttpHead	none = {"POST", "/", "HTTP/1.1", NULL, 0};

	sign("", body, strlen(body), hex);
	set_secrets(NULL, "former-webhook-key");
	is_number(verify("X-Webhook-Signature-512", hex, HEX_LEN, body, strlen(body)), SIGNATURE_NO_KEY, "no key is configured");
	set_secrets("", NULL);
	is_number(verify("X-Webhook-Signature-512", hex, HEX_LEN, body, strlen(body)), SIGNATURE_NO_KEY, "an empty key is none");
	is_number(signature_verify("hyperswitch", &none, body, 0), SIGNATURE_NO_KEY, "whatever is sent");
	set_secrets("webhook-test-key", NULL);
	is_number(signature_verify("stripe", &none, body, 0), SIGNATURE_NO_KEY, "a key of an unknown name is none");
}

int
main(void)
{
	ok(sodium_init() >= 0, "libsodium starts");
	set_secrets("webhook-test-key", NULL);
	test_published();
	test_wrong();
	test_rotation();
	test_no_key();
	return done_testing();
}
