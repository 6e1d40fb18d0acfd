/*
 * order_rules.c
 *		The order of a list (see order_rules.h); no server header.
 */
#include "order_rules.h"

#include <stddef.h>

bool
vz_move_is_valid(const VzMove *move, int nentries)
{
	return move->start >= 0 && move->length >= 1 && move->start < nentries && move->length <= nentries - move->start &&
		move->before >= 0 && move->before <= nentries;
}

/* move_of is a move, as a value. */
static VzMove
move_of(int start, int length, int before)
{
	VzMove		move = {start, length, before};

	return move;
}

VzMove
vz_move_least(const VzMove *move)
{
	int			end = move->start + move->length;

	if (move->before >= move->start && move->before <= end)
		return move_of(move->start, 0, move->before);
	if (move->before > end && move->before - end < move->length)
		return move_of(end, move->before - end, move->start);
	if (move->before < move->start && move->start - move->before < move->length)
		return move_of(move->before, move->start - move->before, end);
	return *move;
}

bool
vz_ranks_between(const int64_t *low, const int64_t *high, int n, VzRanks *ranks)
{
	int64_t		room = VZ_RANK_GAP * n;

	ranks->step = VZ_RANK_GAP;
	if (low != NULL && high != NULL)
	{
		ranks->step = (*high - *low) / (n + 1);
		ranks->first = *low + ranks->step;
		return ranks->step > 0;
	}
	if (low != NULL)
	{
		ranks->first = *low + VZ_RANK_GAP;
		return *low <= VZ_RANK_MAX - room;
	}
	ranks->first = high != NULL ? *high - room : VZ_RANK_GAP;
	return high == NULL || *high >= room - VZ_RANK_MAX;
}
