/*
 * token.c
 *		Sealing tokens and unsealing access tokens (see token.h).
 *
 * Each loop keeps a small cache of verified tokens; what can be revoked is
 * never in it, because user, session and version are checked by the database
 * on every request, and what was verified by other keys than those of now is
 * verified again.
 */
#include "token.h"

#include <jwt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

#define TOKEN_MAX		2048
#define CACHE_SLOTS		1024
#define CLOCK_SKEW_S	30

/* The header that libjwt writes for HS256, in base64url; nothing else is ours. */
static char expected_header[128];
static size_t expected_header_len;

static const char *token_issuer;
static const char *token_audience;

typedef struct CacheEntry
{
	unsigned int generation;	/* of the keys */
	char	   *token;
	TokenIdentity identity;
} CacheEntry;

static __thread CacheEntry *cache;

/* new_token makes an empty HS256 token under a key. */
static jwt_t *
new_token(const Key *key)
{
	jwt_t	   *jwt;

	if (jwt_new(&jwt) != 0)
		return NULL;
	if (jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *) key->text, (int) key->length) == 0)
		return jwt;
	jwt_free(jwt);
	return NULL;
}

void
token_init(const char *issuer, const char *audience)
{
	jwt_t	   *jwt;
	char	   *encoded;

	token_issuer = issuer;
	token_audience = audience;
	jwt = new_token(&keys_current()->keys[KEY_ACCESS][KEY_PRESENT]);
	encoded = jwt ? jwt_encode_str(jwt) : NULL;
	if (encoded == NULL)
		abort();				/* a key of checked length cannot fail */
	expected_header_len = strcspn(encoded, ".");
	if (expected_header_len >= sizeof(expected_header))
		abort();
	memcpy(expected_header, encoded, expected_header_len);
	free(encoded);
	jwt_free(jwt);
}

/* slot_of returns the cache slot of a token. */
static CacheEntry *
slot_of(const char *token, size_t len)
{
	unsigned int hash = 2166136261u;

	if (cache == NULL && (cache = calloc(CACHE_SLOTS, sizeof(*cache))) == NULL)
		return NULL;
	/* The signature at the end is what differs. */
	for (size_t i = len > 43 ? len - 43 : 0; i < len; i++)
		hash = (hash ^ (unsigned char) token[i]) * 16777619u;
	return &cache[hash % CACHE_SLOTS];
}

/* payload_of decodes the payload segment strictly; NULL when it is no JSON object. */
static json_t *
payload_of(const char *token, size_t len)
{
	const char *start = memchr(token, '.', len);
	const char *end;
	unsigned char decoded[TOKEN_MAX];
	size_t		n;

	if (start == NULL)
		return NULL;
	start++;
	end = memchr(start, '.', len - (size_t) (start - token));
	if (end == NULL ||
		sodium_base642bin(decoded, sizeof(decoded), start, (size_t) (end - start), NULL, &n, NULL,
						  sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return NULL;
	return json_loadb((const char *) decoded, n, JSON_REJECT_DUPLICATES, NULL);
}

/* is_uuid_text says whether the text is a UUID in its canonical form. */
static bool
is_uuid_text(const char *text)
{
	if (text == NULL || strlen(text) != UUID_TEXT_LEN)
		return false;
	for (int i = 0; i < UUID_TEXT_LEN; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : strchr("0123456789abcdef", text[i]) == NULL)
			return false;
	return true;
}

/* claim_text returns a text claim, or NULL when it is missing or no text. */
static const char *
claim_text(const json_t *claims, const char *name)
{
	return json_string_value(json_object_get(claims, name));
}

/* claim_equals says whether a text claim has exactly this value. */
static bool
claim_equals(const json_t *claims, const char *name, const char *value)
{
	const char *text = claim_text(claims, name);

	return text != NULL && strcmp(text, value) == 0;
}

/* claim_integer reads a claim that must be an integer; false when it is missing or another type. */
static bool
claim_integer(const json_t *claims, const char *name, json_int_t *value)
{
	const json_t *claim = json_object_get(claims, name);

	if (!json_is_integer(claim))
		return false;
	*value = json_integer_value(claim);
	return true;
}

/* check_claims checks every claim of a token of this use and reads who it names. */
static TokenVerdict
check_claims(const json_t *claims, const char *use, TokenIdentity *identity)
{
	json_int_t	exp;
	json_int_t	iat;
	json_int_t	nbf;
	json_int_t	version;
	time_t		now = time(NULL);

	if (!json_is_object(claims) ||
		!claim_equals(claims, "iss", token_issuer) ||
		!claim_equals(claims, "aud", token_audience) ||
		!claim_equals(claims, "token_use", use) ||
		!is_uuid_text(claim_text(claims, "sub")) ||
		!is_uuid_text(claim_text(claims, "sid")) ||
		!claim_integer(claims, "exp", &exp) ||
		!claim_integer(claims, "iat", &iat) ||
		!claim_integer(claims, "token_version", &version) ||
		version < 0 || version > INT32_MAX)
		return TOKEN_INVALID;
	if (iat > now + CLOCK_SKEW_S)
		return TOKEN_INVALID;
	if (json_object_get(claims, "nbf") != NULL &&
		(!claim_integer(claims, "nbf", &nbf) || nbf > now + CLOCK_SKEW_S))
		return TOKEN_INVALID;
	if (exp <= now)
		return TOKEN_EXPIRED;
	memcpy(identity->user_id, claim_text(claims, "sub"), UUID_TEXT_LEN + 1);
	memcpy(identity->session_id, claim_text(claims, "sid"), UUID_TEXT_LEN + 1);
	snprintf(identity->token_version, sizeof(identity->token_version), "%d", (int) version);
	identity->expires_at = (time_t) exp;
	return TOKEN_OK;
}

/* decode_token verifies the signature by the present or the former key; NULL when neither fits. */
static jwt_t *
decode_token(const char *token, const Key *keys)
{
	jwt_t	   *jwt = NULL;

	/* Without a key libjwt verifies nothing at all. */
	for (int age = 0; age < KEY_AGES; age++)
		if (keys[age].text != NULL &&
			jwt_decode(&jwt, token, (const unsigned char *) keys[age].text, (int) keys[age].length) == 0)
			return jwt;
	return NULL;
}

/* claims_of verifies header and signature, by the keys of one use, and returns the claims; NULL when it is no token of ours. */
static json_t *
claims_of(const char *token, size_t len, const Key *keys)
{
	json_t	   *claims = NULL;
	jwt_t	   *jwt;

	if (len <= expected_header_len || token[expected_header_len] != '.' ||
		memcmp(token, expected_header, expected_header_len) != 0)
		return NULL;
	if ((jwt = decode_token(token, keys)) == NULL)
		return NULL;
	if (jwt_get_alg(jwt) == JWT_ALG_HS256)
		claims = payload_of(token, len);
	jwt_free(jwt);
	return claims;
}

/* verify_access verifies an access token without the cache. */
static TokenVerdict
verify_access(const char *token, size_t len, const KeyRing *ring, TokenIdentity *identity)
{
	json_t	   *claims = claims_of(token, len, ring->keys[KEY_ACCESS]);
	TokenVerdict verdict = claims != NULL ? check_claims(claims, "access", identity) : TOKEN_INVALID;

	json_decref(claims);
	return verdict;
}

TokenVerdict
token_verify_address(const char *token, const char *address, size_t address_len, TokenIdentity *identity)
{
	size_t		len = strlen(token);
	json_t	   *claims = len > 0 && len <= TOKEN_MAX ? claims_of(token, len, keys_current()->keys[KEY_SIGNED_URL]) : NULL;
	const char *signed_address = claim_text(claims, "address");
	TokenVerdict verdict = TOKEN_INVALID;

	if (signed_address != NULL && strlen(signed_address) == address_len && memcmp(signed_address, address, address_len) == 0)
		verdict = check_claims(claims, "address", identity);
	json_decref(claims);
	return verdict;
}

TokenVerdict
token_verify(const char *token, size_t len, TokenIdentity *identity)
{
	const KeyRing *ring = keys_current();
	CacheEntry *slot;
	TokenVerdict verdict;

	if (len == 0 || len > TOKEN_MAX || token[len] != '\0')
		return TOKEN_INVALID;
	slot = slot_of(token, len);
	if (slot != NULL && slot->token != NULL && slot->generation == ring->generation &&
		strlen(slot->token) == len && sodium_memcmp(slot->token, token, len) == 0)
	{
		*identity = slot->identity;
		return identity->expires_at > time(NULL) ? TOKEN_OK : TOKEN_EXPIRED;
	}
	verdict = verify_access(token, len, ring, identity);
	if (verdict == TOKEN_OK && slot != NULL)
	{
		free(slot->token);
		slot->token = strdup(token);
		slot->generation = ring->generation;
		slot->identity = *identity;
	}
	return verdict;
}

/* class_key returns the present key of a class of tokens, or NULL. */
static const Key *
class_key(const char *class)
{
	const KeyRing *ring = keys_current();

	if (strcmp(class, "access") == 0)
		return &ring->keys[KEY_ACCESS][KEY_PRESENT];
	if (strcmp(class, "chat") == 0)
		return &ring->keys[KEY_CHAT][KEY_PRESENT];
	if (strcmp(class, "address") == 0)
		return &ring->keys[KEY_SIGNED_URL][KEY_PRESENT];
	return NULL;
}

char *
token_seal(const char *class, const json_t *claims)
{
	const Key  *key = class_key(class);
	jwt_t	   *jwt;
	json_t	   *all;
	char	   *text = NULL;
	char	   *encoded = NULL;

	if (key == NULL || (jwt = new_token(key)) == NULL)
		return NULL;
	all = json_deep_copy(claims);
	if (all != NULL &&
		json_object_set_new(all, "iss", json_string(token_issuer)) == 0 &&
		json_object_set_new(all, "aud", json_string(token_audience)) == 0 &&
		json_object_set_new(all, "token_use", json_string(class)) == 0 &&
		(text = json_dumps(all, JSON_COMPACT)) != NULL &&
		jwt_add_grants_json(jwt, text) == 0)
		encoded = jwt_encode_str(jwt);
	free(text);
	json_decref(all);
	jwt_free(jwt);
	return encoded;
}
