/*
 * order_rules.h
 *		The order of a list by ranks with gaps: a move goes in; which entries get
 *		new ranks, and which, come out. Pure: no server header.
 *
 * An entry that is put between two others gets a rank between theirs, so that
 * nothing else is written. Where no rank is left between them, those around get
 * new ones.
 */
#ifndef VEZA_ORDER_RULES_H
#define VEZA_ORDER_RULES_H

#include <stdbool.h>
#include <stdint.h>

/* Forty entries go between two neighbours, each beside the one before, until there is no rank left. */
#define VZ_RANK_GAP (INT64_C(1) << 40)

/* Ranks stay between minus this and this. */
#define VZ_RANK_MAX (INT64_C(1) << 61)

/* length entries from start on go before the one that stands at before; all of the list before the move, from 0. */
typedef struct VzMove
{
	int			start;
	int			length;
	int			before;			/* the number of entries: the end */
} VzMove;

/* Is it within a list of that many entries? */
extern bool vz_move_is_valid(const VzMove *move, int nentries);

/*
 * The move with the same outcome that writes the fewest entries: a block that
 * jumps over fewer entries than it has is the move of those the other way. Its
 * length is 0 when everything stays where it is.
 */
extern VzMove vz_move_least(const VzMove *move);

/* Where n entries go: ranks from first on, step apart. */
typedef struct VzRanks
{
	int64_t		first;
	int64_t		step;
} VzRanks;

/* Finds n ranks between two neighbours, either of which may be missing (NULL); false when there is no room. */
extern bool vz_ranks_between(const int64_t *low, const int64_t *high, int n, VzRanks *ranks);

#endif							/* VEZA_ORDER_RULES_H */
