/*
 * fingerprint.c
 *		How far two acoustic fingerprints are apart (see fingerprint.h).
 */
#include "fingerprint.h"

#define OVERLAP_MIN 20			/* items, 2.5 s: fewer are alike by chance */
#define OFFSET_MAX 160			/* items, 20 s: longer silence at the beginning is another edit */

/* bits_between is the number of bits in which n items differ. */
static long
bits_between(const int32_t *a, const int32_t *b, size_t n)
{
	long		bits = 0;

	for (size_t i = 0; i < n; i++)
		bits += __builtin_popcount((uint32_t) a[i] ^ (uint32_t) b[i]);
	return bits;
}

/* distance_shifted is the distance when b begins that many items into a; 1 when they do not overlap enough. */
static double
distance_shifted(const int32_t *a, size_t na, const int32_t *b, size_t nb, size_t shift)
{
	size_t		shorter = na < nb ? na : nb;
	size_t		overlap;

	if (shift >= na)
		return 1;
	overlap = na - shift < nb ? na - shift : nb;
	/* A snippet that is alike says nothing of the rest. */
	if (overlap < OVERLAP_MIN || overlap * 2 < shorter)
		return 1;
	return (double) bits_between(a + shift, b, overlap) / (32.0 * (double) overlap);
}

double
vz_fingerprint_distance(const int32_t *a, size_t na, const int32_t *b, size_t nb)
{
	double		best = 1;

	for (size_t shift = 0; shift <= OFFSET_MAX; shift++)
	{
		double		there = distance_shifted(a, na, b, nb, shift);
		double		back = distance_shifted(b, nb, a, na, shift);

		best = there < best ? there : best;
		best = back < best ? back : best;
	}
	return best;
}
