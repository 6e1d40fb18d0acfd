/*
 * token_test.c
 *		Access tokens. libjwt 1.10 checks a signature and nothing else: each
 *		row of the table of what it lets pass is tried here, with a signature
 *		that is right, so that only our own checks can refuse it.
 */
#include <sodium.h>
#include <stdlib.h>

#include "../../httpd/trust/keys.h"
#include "../../httpd/trust/token.h"
#include "tap.h"

#define SECRET	"test-secret-test-secret-test-secret-0"
#define USER	"123e4567-e89b-12d3-a456-426614174000"
#define SESSION "223e4567-e89b-12d3-a456-426614174000"
#define HEADER	"{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

#define NOW		1900000000

static time_t now = NOW;

extern time_t __wrap_time(time_t *t);

/* The clock as this test wants it. */
time_t
__wrap_time(time_t *t)
{
	if (t != NULL)
		*t = now;
	return now;
}

/* base64 writes base64url without padding; malloc'd. */
static char *
base64(const void *data, size_t len)
{
	size_t		size = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char	   *out = malloc(size);

	return sodium_bin2base64(out, size, data, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* forge makes a token out of any header and payload, signed by HMAC-SHA256 under the key. */
static char *
forge_bytes(const char *header, const char *payload, size_t payload_len, const char *key)
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char	   *h = base64(header, strlen(header));
	char	   *p = base64(payload, payload_len);
	char	   *token;
	char	   *s;

	if (asprintf(&token, "%s.%s", h, p) < 0)
		abort();
	crypto_auth_hmacsha256_init(&state, (const unsigned char *) key, strlen(key));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) token, strlen(token));
	crypto_auth_hmacsha256_final(&state, mac);
	s = base64(mac, sizeof(mac));
	free(token);
	if (asprintf(&token, "%s.%s.%s", h, p, s) < 0)
		abort();
	free(h);
	free(p);
	free(s);
	return token;
}

/* forge makes a token of texts. */
static char *
forge(const char *header, const char *payload, const char *key)
{
	return forge_bytes(header, payload, strlen(payload), key);
}

/* claims writes a payload whose members are all right but for one, which is replaced or left out. */
static char *
claims(const char *name, const char *value)
{
	static const char *const members[][2] = {
		{"iss", "\"veza-api\""}, {"aud", "\"veza-app\""}, {"token_use", "\"access\""},
		{"sub", "\"" USER "\""}, {"sid", "\"" SESSION "\""}, {"iat", "1899999990"},
		{"exp", "1900000300"}, {"token_version", "3"}, {"role", "\"admin\""},
	};
	static char text[4000];
	size_t		n = (size_t) snprintf(text, sizeof(text), "{");

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
	{
		bool		is_it = name != NULL && strcmp(members[i][0], name) == 0;

		if (!is_it)
			n += (size_t) snprintf(text + n, sizeof(text) - n, "%s\"%s\":%s", n > 1 ? "," : "", members[i][0], members[i][1]);
	}
	if (name != NULL && value != NULL)
		n += (size_t) snprintf(text + n, sizeof(text) - n, ",\"%s\":%s", name, value);
	snprintf(text + n, sizeof(text) - n, "}");
	return text;
}

/* set_keys puts other keys of access tokens in force. */
static void
set_keys(const char *present, const char *former)
{
	KeyTexts	texts = {[KEY_ACCESS] = {present, former}};

	keys_publish(texts);
}

/* judge verifies a token and frees it. */
static TokenVerdict
judge(char *token)
{
	TokenIdentity identity;
	TokenVerdict verdict = token_verify(token, strlen(token), &identity);

	free(token);
	return verdict;
}

/* test_good: what we issue comes back as it was. */
static void
test_good(void)
{
	TokenIdentity identity = {0};
	json_t	   *wanted = json_loads(claims("iss", NULL), 0, NULL);
	char	   *token;
	char	   *ours = forge(HEADER, claims(NULL, NULL), SECRET);

	json_object_del(wanted, "aud");
	token = token_seal("access", wanted);
	ok(token != NULL, "claims are sealed");
	is_number(token_verify(token, strlen(token), &identity), TOKEN_OK, "what was sealed is verified");
	is_text(identity.user_id, USER, "it names the user");
	is_text(identity.session_id, SESSION, "and the session");
	is_text(identity.token_version, "3", "and the version");
	is_number(identity.expires_at, 1900000300, "and when it ends");
	ok(json_object_get(wanted, "iss") == NULL, "the caller's claims are left alone");
	is_number(token_verify(token, strlen(token), &identity), TOKEN_OK, "a second time, out of the cache");
	is_text(identity.user_id, USER, "it names the same user");
	is_number(token_verify(ours, strlen(ours), &identity), TOKEN_OK, "the test's own forge makes good tokens");
	ok(token_seal("refresh", wanted) == NULL, "an unknown class seals nothing");
	free(token);
	free(ours);
	json_decref(wanted);
}

/* test_seal_overrides: who issues and for whom is not the database's to say. */
static void
test_seal_overrides(void)
{
	TokenIdentity identity;
	json_t	   *forged = json_loads(claims("iss", "\"somebody-else\""), 0, NULL);
	char	   *token = token_seal("access", forged);

	is_number(token_verify(token, strlen(token), &identity), TOKEN_OK, "issuer and audience are always ours");
	free(token);
	json_decref(forged);
}

/* test_keys: the signature. */
static void
test_keys(void)
{
	char	   *good = forge(HEADER, claims(NULL, NULL), SECRET);
	char	   *none;

	is_number(judge(forge(HEADER, claims(NULL, NULL), "another-secret-another-secret-another")), TOKEN_INVALID, "another key");
	is_number(judge(forge(HEADER, claims(NULL, NULL), "")), TOKEN_INVALID, "the empty key");
	none = strdup(good);
	*strrchr(none, '.') = '\0';
	is_number(judge(strdup(none)), TOKEN_INVALID, "no signature part");
	strcat(none, ".");
	is_number(judge(none), TOKEN_INVALID, "an empty signature");
	for (size_t i = 0; i < strlen(good); i++)
	{
		char	   *bad = strdup(good);
		TokenIdentity identity;

		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		each(token_verify(bad, strlen(bad), &identity) == TOKEN_INVALID, "character %zu does not matter", i);
		bad[i] = good[i];
		bad[i + 1 > strlen(good) - 1 ? i : i + 1] = '\0';
		each(token_verify(bad, strlen(bad), &identity) == TOKEN_INVALID, "the first %zu characters suffice", i + 1);
		free(bad);
	}
	all("every character of a token counts");
	free(good);
}

/* test_headers: only the header that we write is ours, whatever the signature says. */
static void
test_headers(void)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\"}", "{\"alg\":\"None\",\"typ\":\"JWT\"}", "{\"alg\":\"hs256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS384\",\"typ\":\"JWT\"}", "{\"alg\":\"HS512\",\"typ\":\"JWT\"}", "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
		"{\"typ\":\"JWT\"}", "{\"alg\":1,\"typ\":\"JWT\"}", "{\"alg\":\"none\",\"alg\":\"HS256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"crit\":[\"x\"]}", "{\"alg\":\"HS256\",\"kid\":\"../../dev/null\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", "{\"alg\":\"HS256\"}", "{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
		"{\"alg\": \"HS256\",\"typ\":\"JWT\"}", "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"jwk\":{}}", "{}", "[]", "",
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		is_number(judge(forge(headers[i], claims(NULL, NULL), SECRET)), TOKEN_INVALID, "header %s", headers[i]);
}

/* test_claims: each claim, missing, of another type, of another value. */
static void
test_claims(void)
{
	static const char *const wrong[][2] = {
		{"iss", "\"other\""}, {"iss", "1"}, {"iss", "null"}, {"iss", "[\"veza-api\"]"}, {"iss", "\"veza-api2\""},
		{"aud", "\"other\""}, {"aud", "[\"veza-app\"]"}, {"aud", "null"},
		{"token_use", "\"chat\""}, {"token_use", "\"refresh\""}, {"token_use", "\"stream\""}, {"token_use", "\"reset\""},
		{"token_use", "true"}, {"token_use", "\"Access\""},
		{"sub", "\"admin\""}, {"sub", "1"}, {"sub", "\"\""}, {"sub", "null"},
		{"sub", "\"123E4567-E89B-12D3-A456-426614174000\""}, {"sub", "\"{23e4567-e89b-12d3-a456-42661417400}\""},
		{"sub", "\"123e4567-e89b-12d3-a456-4266141740001\""}, {"sub", "\"123e4567-e89b-12d3-a456-42661417400\\u0000\""},
		{"sub", "\"123e4567-e89b-12d3-a456-42661417400g\""},
		{"sid", "\"x\""}, {"sid", "7"}, {"sid", "null"},
		{"exp", "\"1900000300\""}, {"exp", "1900000300.5"}, {"exp", "null"}, {"exp", "9223372036854775808"},
		{"exp", "[1900000300]"}, {"exp", "true"},
		{"iat", "\"1899999990\""}, {"iat", "1.5"}, {"iat", "1900000031"}, {"iat", "null"},
		{"token_version", "\"3\""}, {"token_version", "3.0"}, {"token_version", "-1"}, {"token_version", "null"},
		{"token_version", "2147483648"}, {"token_version", "true"},
		{"nbf", "1900000031"}, {"nbf", "\"1900000000\""}, {"nbf", "1.5"}, {"nbf", "null"}, {"nbf", "true"},
	};
	static const char *const needed[] = {"iss", "aud", "token_use", "sub", "sid", "exp", "iat", "token_version"};
	static const char *const fine[][2] = {
		{"nbf", "1900000030"}, {"nbf", "0"}, {"iat", "1900000030"}, {"iat", "-1"}, {"token_version", "0"},
		{"token_version", "2147483647"}, {"role", "\"user\""}, {"role", "7"}, {"exp", "1900000001"},
		{"exp", "9223372036854775807"}, {"extra", "{\"a\":[1,2,{\"b\":null}]}"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		is_number(judge(forge(HEADER, claims(wrong[i][0], wrong[i][1]), SECRET)), TOKEN_INVALID, "%s: %s", wrong[i][0],
				  wrong[i][1]);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		is_number(judge(forge(HEADER, claims(needed[i], NULL), SECRET)), TOKEN_INVALID, "no %s", needed[i]);
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		is_number(judge(forge(HEADER, claims(fine[i][0], fine[i][1]), SECRET)), TOKEN_OK, "%s: %s is fine", fine[i][0],
				  fine[i][1]);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
	{
		char		twice[4200];
		char	   *one = claims(NULL, NULL);

		/* The last one would win. */
		snprintf(twice, sizeof(twice), "{\"%s\":\"other\",%s", needed[i], one + 1);
		is_number(judge(forge(HEADER, twice, SECRET)), TOKEN_INVALID, "two claims %s", needed[i]);
	}
}

/* test_payloads: what is no object of claims at all. */
static void
test_payloads(void)
{
	static const char *const payloads[] = {"", "[1]", "null", "1", "\"x\"", "{", "{}", "{}{}", "{\"sub\":}", "not json",
	"{\"sub\":\"\xff\"}"};
	char	   *deep = malloc(200002);
	char		trailing[4200];
	char		padded[4200];
	char	   *token;

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
		is_number(judge(forge(HEADER, payloads[i], SECRET)), TOKEN_INVALID, "payload %s", payloads[i]);
	memset(deep, '[', 100000);
	memset(deep + 100000, ']', 100000);
	deep[200000] = '\0';
	is_number(judge(forge(HEADER, deep, SECRET)), TOKEN_INVALID, "a payload nested 100,000 times");
	memset(deep, '[', 700);
	memset(deep + 700, ']', 700);
	deep[1400] = '\0';
	is_number(judge(forge(HEADER, deep, SECRET)), TOKEN_INVALID, "and one nested within the allowed length");
	free(deep);
	snprintf(trailing, sizeof(trailing), "%s x", claims(NULL, NULL));
	is_number(judge(forge(HEADER, trailing, SECRET)), TOKEN_INVALID, "text behind the payload");
	snprintf(padded, sizeof(padded), "%s%*s", claims(NULL, NULL), 2000, "");
	is_number(judge(forge(HEADER, padded, SECRET)), TOKEN_INVALID, "a token longer than 2,048 bytes");
	is_number(judge(forge_bytes(HEADER, "{\"sub\":\"\0\"}", 11, SECRET)), TOKEN_INVALID, "NUL in the payload");

	token = forge(HEADER, claims(NULL, NULL), SECRET);
	snprintf(padded, sizeof(padded), "%s.x", token);
	is_number(judge(strdup(padded)), TOKEN_INVALID, "a fourth part");
	snprintf(padded, sizeof(padded), "%s=", token);
	is_number(judge(strdup(padded)), TOKEN_INVALID, "padding");
	snprintf(padded, sizeof(padded), "%s ", token);
	is_number(judge(strdup(padded)), TOKEN_INVALID, "a blank behind it");
	snprintf(padded, sizeof(padded), " %s", token);
	is_number(judge(strdup(padded)), TOKEN_INVALID, "a blank before it");
	free(token);
	is_number(judge(strdup("")), TOKEN_INVALID, "nothing");
	is_number(judge(strdup(".")), TOKEN_INVALID, "a point");
	is_number(judge(strdup("..")), TOKEN_INVALID, "two points");
}

/* test_length: the length that is told, not the text's own, is what counts. */
static void
test_length(void)
{
	TokenIdentity identity;
	char	   *token = forge(HEADER, claims(NULL, NULL), SECRET);

	is_number(token_verify(token, strlen(token) - 1, &identity), TOKEN_INVALID, "a length within the text");
	is_number(token_verify(token, 0, &identity), TOKEN_INVALID, "no length");
	free(token);
}

/* test_expiry: to the second, in and out of the cache. */
static void
test_expiry(void)
{
	TokenIdentity identity;
	char	   *token = forge(HEADER, claims("exp", "1900000100"), SECRET);
	size_t		len = strlen(token);

	now = 1900000099;
	is_number(token_verify(token, len, &identity), TOKEN_OK, "one second before its end");
	now = 1900000100;
	is_number(token_verify(token, len, &identity), TOKEN_EXPIRED, "at its end, out of the cache");
	now = 1900000200;
	is_number(token_verify(token, len, &identity), TOKEN_EXPIRED, "and later");
	free(token);
	is_number(judge(forge(HEADER, claims("exp", "1900000200"), SECRET)), TOKEN_EXPIRED, "at its end, not in the cache");
	is_number(judge(forge(HEADER, claims("exp", "0"), SECRET)), TOKEN_EXPIRED, "from 1970");
	is_number(judge(forge(HEADER, claims("exp", "-5"), SECRET)), TOKEN_EXPIRED, "from before");
	is_number(judge(forge(HEADER, claims("exp", "1"), "another-secret-another-secret-another")), TOKEN_INVALID,
			  "an old one under another key is not called expired");
	now = NOW;
}

/* test_cache: more tokens than there are slots; each keeps its own identity. */
static void
test_cache(void)
{
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 3000; i++)
		{
			TokenIdentity identity;
			char		version[16];
			char	   *token;

			snprintf(version, sizeof(version), "%d", i);
			token = forge(HEADER, claims("token_version", version), SECRET);
			each(token_verify(token, strlen(token), &identity) == TOKEN_OK &&
				 strcmp(identity.token_version, version) == 0, "token %d is taken for another", i);
			free(token);
		}
	all("no token is taken for another one of the cache");
}

/* test_rotation: both keys count while they are there; a withdrawn one's tokens do not live on in the cache. */
static void
test_rotation(void)
{
	static const char other[] = "rotated-secret-rotated-secret-rotated";
	TokenIdentity identity;
	char	   *old = forge(HEADER, claims(NULL, NULL), SECRET);
	char	   *new = forge(HEADER, claims(NULL, NULL), other);
	size_t		len = strlen(old);
	json_t	   *payload = json_loads(claims(NULL, NULL), 0, NULL);
	char	   *sealed;

	is_number(token_verify(old, len, &identity), TOKEN_OK, "the old key's token");
	is_number(token_verify(new, len, &identity), TOKEN_INVALID, "is the only good one");
	set_keys(other, SECRET);
	is_number(token_verify(old, len, &identity), TOKEN_OK, "with both keys the old one's token is good");
	is_number(token_verify(new, len, &identity), TOKEN_OK, "and the new one's");
	is_number(judge(forge(HEADER, claims(NULL, NULL), "third-secret-third-secret-third-secret")), TOKEN_INVALID,
			  "but no third one's");
	is_number(judge(forge(HEADER, claims(NULL, NULL), "")), TOKEN_INVALID, "nor the empty one's");
	sealed = token_seal("access", payload);
	set_keys(other, NULL);
	is_number(token_verify(old, len, &identity), TOKEN_INVALID, "a withdrawn key's token is refused, though it was remembered");
	is_number(token_verify(new, len, &identity), TOKEN_OK, "the new one's lives on");
	is_number(token_verify(sealed, strlen(sealed), &identity), TOKEN_OK, "and is what sealed while there were both");
	is_number(judge(forge(HEADER, claims("exp", "1"), SECRET)), TOKEN_INVALID, "an old token of a withdrawn key is not called expired");
	set_keys(SECRET, NULL);
	free(old);
	free(new);
	free(sealed);
	json_decref(payload);
}

/* test_classes: a chat token has its own key and its own name, which the claims cannot change. */
static void
test_classes(void)
{
	json_t	   *payload = json_loads(claims(NULL, NULL), 0, NULL);
	const KeyRing *ring;
	char	   *chat = token_seal("chat", payload);
	char	   *derived;
	TokenIdentity identity;

	is_number(token_verify(chat, strlen(chat), &identity), TOKEN_INVALID, "a chat token is no access token");
	ring = keys_current();
	ok(strcmp(ring->keys[KEY_CHAT][KEY_PRESENT].text, ring->keys[KEY_ACCESS][KEY_PRESENT].text) != 0, "nor has it that one's key");
	derived = forge(HEADER, claims(NULL, NULL), ring->keys[KEY_CHAT][KEY_PRESENT].text);
	is_number(judge(derived), TOKEN_INVALID, "even with the claims of an access token");
	is_number(judge(forge(HEADER, claims("token_use", "\"chat\""), SECRET)), TOKEN_INVALID, "nor with an access token's key");
	free(chat);
	json_object_set_new(payload, "token_use", json_string("chat"));
	chat = token_seal("access", payload);
	is_number(token_verify(chat, strlen(chat), &identity), TOKEN_OK, "the class is the seal's to say, not the claims'");
	free(chat);
	json_decref(payload);
}

int
main(void)
{
	ok(sodium_init() >= 0, "libsodium starts");
	set_keys(SECRET, NULL);
	token_init("veza-api", "veza-app");
	test_good();
	test_seal_overrides();
	test_keys();
	test_headers();
	test_claims();
	test_payloads();
	test_length();
	test_expiry();
	test_cache();
	test_rotation();
	test_classes();
	return done_testing();
}
