/*
 * keys_test.c
 *		The ring of keys: what is in force, for whom, and that nothing of a
 *		withdrawn key is left.
 */
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "../../httpd/trust/keys.h"
#include "tap.h"

#define ONE "key-one-key-one-key-one-key-one-key-one"
#define TWO "key-two-key-two-key-two-key-two-key-two"

static atomic_int dirty_frees;	/* memory that still held a key when it was freed */

extern void __real_free(void *p);
extern void __wrap_free(void *p);

/* free, watched: no key may be in what is given back. */
void
__wrap_free(void *p)
{
	if (p != NULL && strncmp(p, "key-", 4) == 0)
		atomic_fetch_add(&dirty_frees, 1);
	__real_free(p);
}

/* publish puts two ages of the access key in force. */
static void
publish(const char *present, const char *former)
{
	KeyTexts	texts = {[KEY_ACCESS] = {present, former}, [KEY_INTERNAL] = {"key-internal", NULL}};

	keys_publish(texts);
}

/* test_ring: what was published is what is there. */
static void
test_ring(void)
{
	const KeyRing *ring;
	unsigned int first;

	ok(keys_current() == NULL, "before there are keys there is no ring");
	publish(ONE, "");
	ring = keys_current();
	first = ring->generation;
	is_text(ring->keys[KEY_ACCESS][KEY_PRESENT].text, ONE, "the present key");
	is_number(ring->keys[KEY_ACCESS][KEY_PRESENT].length, strlen(ONE), "and its length");
	ok(ring->keys[KEY_ACCESS][KEY_FORMER].text == NULL, "an empty key is none");
	ok(ring->keys[KEY_WEBHOOK][KEY_PRESENT].text == NULL, "one that was not given, too");
	is_text(ring->keys[KEY_INTERNAL][KEY_PRESENT].text, "key-internal", "each use has its own");
	ok(keys_current() == ring, "asked again: the same ring");
	publish(TWO, ONE);
	ring = keys_current();
	ok(ring->generation > first, "a new ring is another generation");
	is_text(ring->keys[KEY_ACCESS][KEY_PRESENT].text, TWO, "the new key");
	is_text(ring->keys[KEY_ACCESS][KEY_FORMER].text, ONE, "and the old one");
}

/* test_derived: the chat key follows the access key only while it has no text of its own. */
static void
test_derived(void)
{
	/* printf chat | openssl dgst -sha256 -hmac ONE */
	static const char derived[] = "3bffeaf159bfc56d4e8e5bcb97f0d60b4052288271c030979552ec14bb86237d";
	KeyTexts	own = {[KEY_ACCESS] = {TWO, ONE}, [KEY_CHAT] = {"key-of-the-chat"}};
	char		old[100];

	publish(ONE, NULL);
	snprintf(old, sizeof(old), "%s", keys_current()->keys[KEY_CHAT][KEY_PRESENT].text);
	is_text(old, derived, "the derived key is hexadecimal HMAC-SHA256 of 'chat' under the access key");
	ok(keys_current()->keys[KEY_CHAT][KEY_FORMER].text == NULL, "no former one without a former access key");
	publish(TWO, ONE);
	ok(strcmp(keys_current()->keys[KEY_CHAT][KEY_PRESENT].text, old) != 0, "it changes with the access key");
	is_text(keys_current()->keys[KEY_CHAT][KEY_FORMER].text, old, "and the former one with the former");
	keys_publish(own);
	is_text(keys_current()->keys[KEY_CHAT][KEY_PRESENT].text, "key-of-the-chat", "its own key is taken as it is");
	ok(keys_current()->keys[KEY_CHAT][KEY_FORMER].text == NULL, "and then nothing is derived");
}

/* read_for_a_while checks that each ring it gets is of one piece: generations alternate between two pairs. */
static void *
read_for_a_while(void *stop)
{
	intptr_t	bad = 0;

	while (!atomic_load((atomic_bool *) stop))
	{
		const KeyRing *ring = keys_current();
		const char *present = ring->keys[KEY_ACCESS][KEY_PRESENT].text;
		const char *former = ring->keys[KEY_ACCESS][KEY_FORMER].text;

		bad += strcmp(present, former) == 0 || strlen(present) != strlen(ONE) || strlen(former) != strlen(ONE);
	}
	keys_release();
	return (void *) bad;
}

/* test_threads: readers go on while rings change under them; the sanitizer sees a ring that goes too early. */
static void
test_threads(void)
{
	pthread_t	threads[4];
	atomic_bool stop = false;

	publish(ONE, TWO);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, read_for_a_while, &stop);
	for (int i = 0; i < 2000; i++)
		publish(i % 2 ? ONE : TWO, i % 2 ? TWO : ONE);
	atomic_store(&stop, true);
	for (int i = 0; i < 4; i++)
	{
		void	   *bad;

		pthread_join(threads[i], &bad);
		each(bad == NULL, "thread %d has seen a mixture", i);
	}
	all("each thread sees whole rings");
}

/* test_held: a ring that a thread uses stays as it is until that thread asks again. */
static void
test_held(void)
{
	const KeyRing *held;

	publish(ONE, NULL);
	held = keys_current();
	publish(TWO, NULL);
	publish(TWO, ONE);
	is_text(held->keys[KEY_ACCESS][KEY_PRESENT].text, ONE, "a ring in use is not touched");
	is_text(keys_current()->keys[KEY_ACCESS][KEY_PRESENT].text, TWO, "asked again, it is another");
	keys_release();
	is_text(keys_current()->keys[KEY_ACCESS][KEY_PRESENT].text, TWO, "a thread that has left may come back");
	is_number(atomic_load(&dirty_frees), 0, "no key was left in freed memory");
}

int
main(void)
{
	ok(sodium_init() >= 0, "libsodium starts");
	test_ring();
	test_derived();
	test_threads();
	test_held();
	return done_testing();
}
