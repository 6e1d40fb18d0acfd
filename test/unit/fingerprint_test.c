/*
 * fingerprint_test.c
 *		Distances of acoustic fingerprints: made ones, with what happens to real ones.
 */
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/track/fingerprint.h"
#include "tap.h"

#define ITEMS 900

/* fill makes a fingerprint of a seed. */
static void
fill(int32_t *print, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++)
	{
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		print[i] = (int32_t) (seed >> 32);
	}
}

/* spoil turns round bits of each item, as many as of 32. */
static void
spoil(int32_t *print, size_t n, int bits)
{
	for (size_t i = 0; i < n; i++)
		for (int b = 0; b < bits; b++)
			print[i] ^= (int32_t) (1u << ((i * 7 + (size_t) b * 5) % 32));
}

int
main(void)
{
	static int32_t a[ITEMS];
	static int32_t b[ITEMS];
	static int32_t c[ITEMS];

	fill(a, ITEMS, 1);
	fill(b, ITEMS, 2);
	ok(vz_fingerprint_distance(a, ITEMS, a, ITEMS) == 0, "the same");
	ok(vz_fingerprint_distance(a, ITEMS, b, ITEMS) > 0.33, "another");
	memcpy(c, a, sizeof(a));
	spoil(c, ITEMS, 2);
	ok(vz_fingerprint_distance(a, ITEMS, c, ITEMS) > 0.05 && vz_fingerprint_distance(a, ITEMS, c, ITEMS) < VZ_FINGERPRINT_NEAR,
	   "a lossy copy");
	ok(vz_fingerprint_distance(a, ITEMS, a + 100, ITEMS - 100) == 0, "without its beginning");
	ok(vz_fingerprint_distance(a + 100, ITEMS - 100, a, ITEMS) == 0, "either way");
	ok(vz_fingerprint_distance(a, ITEMS, a, 500) == 0, "without its end");
	ok(vz_fingerprint_distance(a, ITEMS, a + 170, ITEMS - 170) > 0.33, "a shift that is too long is another edit");
	ok(vz_fingerprint_distance(a, 0, a, 0) == 1 && vz_fingerprint_distance(a, ITEMS, a, 0) == 1, "nothing is like nothing");
	ok(vz_fingerprint_distance(a, 19, a, 19) == 1, "nor is too little");
	ok(vz_fingerprint_distance(a, 20, a, 20) == 0, "just enough is");
	memcpy(c, b, sizeof(b));
	memcpy(c, a + ITEMS - 30, 30 * sizeof(int32_t));
	ok(vz_fingerprint_distance(a, ITEMS, c, ITEMS) > 0.33, "a snippet that is alike says nothing of the whole");
	return done_testing();
}
