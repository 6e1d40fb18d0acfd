/*
 * keys.c
 *		The keys of now (see keys.h).
 *
 * The mutex guards who holds which ring. A thread takes it when it first sees
 * a newer generation, for as long as it takes to count, and at no other time.
 */
#include "keys.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static KeyRing *newest;			/* guarded, as every ring's nusers */
static atomic_uint newest_generation;

static __thread KeyRing *mine;

/* set_key copies a key's text; an empty one is none. */
static void
set_key(Key *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	if ((key->text = strdup(text)) == NULL)
		abort();
	key->length = strlen(text);
}

/* derive_key makes a key that belongs to an access key: hexadecimal HMAC-SHA256 of a label under it. */
static void
derive_key(Key *derived, const Key *access, const char *label)
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char		hex[2 * sizeof(mac) + 1];

	if (derived->text != NULL || access->text == NULL)
		return;
	crypto_auth_hmacsha256_init(&state, (const unsigned char *) access->text, access->length);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) label, strlen(label));
	crypto_auth_hmacsha256_final(&state, mac);
	set_key(derived, sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac)));
	sodium_memzero(&state, sizeof(state));
	sodium_memzero(mac, sizeof(mac));
	sodium_memzero(hex, sizeof(hex));
}

/* derive_keys makes the keys of a use, of all ages, unless there is a present one. */
static void
derive_keys(KeyRing *ring, KeyUse use, const char *label)
{
	if (ring->keys[use][KEY_PRESENT].text != NULL)
		return;
	for (int age = 0; age < KEY_AGES; age++)
		derive_key(&ring->keys[use][age], &ring->keys[KEY_ACCESS][age], label);
}

/* erase_ring overwrites a ring's keys and frees it. */
static void
erase_ring(KeyRing *ring)
{
	for (int use = 0; use < KEY_USES; use++)
		for (int age = 0; age < KEY_AGES; age++)
			if (ring->keys[use][age].text != NULL)
			{
				sodium_memzero(ring->keys[use][age].text, ring->keys[use][age].length);
				free(ring->keys[use][age].text);
			}
	free(ring);
}

/* unref_ring gives a ring up, under the lock; the last one erases it. */
static void
unref_ring(KeyRing *ring)
{
	if (ring != NULL && --ring->nusers == 0)
		erase_ring(ring);
}

void
keys_publish(const KeyTexts texts)
{
	KeyRing    *ring = calloc(1, sizeof(*ring));

	if (ring == NULL)
		abort();
	for (int use = 0; use < KEY_USES; use++)
		for (int age = 0; age < KEY_AGES; age++)
			set_key(&ring->keys[use][age], texts[use][age]);
	derive_keys(ring, KEY_CHAT, "chat");
	derive_keys(ring, KEY_SIGNED_URL, "signed address");
	ring->nusers = 1;

	pthread_mutex_lock(&lock);
	ring->generation = newest ? newest->generation + 1 : 1;
	unref_ring(newest);
	newest = ring;
	atomic_store(&newest_generation, ring->generation);
	pthread_mutex_unlock(&lock);
}

const KeyRing *
keys_current(void)
{
	if (mine != NULL && mine->generation == atomic_load(&newest_generation))
		return mine;
	pthread_mutex_lock(&lock);
	unref_ring(mine);
	mine = newest;
	if (mine != NULL)
		mine->nusers++;
	pthread_mutex_unlock(&lock);
	return mine;
}

void
keys_release(void)
{
	pthread_mutex_lock(&lock);
	unref_ring(mine);
	mine = NULL;
	pthread_mutex_unlock(&lock);
}
