/*
 * order_rules_test.c
 *		Moves of blocks, and ranks between ranks.
 */
#include <stdio.h>
#include <string.h>

#include "../../extension/src/playlist/order_rules.h"
#include "tap.h"

#define LIST_MAX 12

/* by_the_book moves a block the plain way: take it out, put it in. */
static void
by_the_book(char *list, VzMove m)
{
	char		block[LIST_MAX + 1] = "";
	char		rest[LIST_MAX + 1] = "";
	int			n = (int) strlen(list);
	int			nrest = 0;
	int			at = 0;

	memcpy(block, list + m.start, (size_t) m.length);
	for (int i = 0; i < n; i++)
	{
		if (i == m.before)
			at = nrest;
		if (i < m.start || i >= m.start + m.length)
			rest[nrest++] = list[i];
	}
	if (m.before == n)
		at = nrest;
	memcpy(list, rest, (size_t) at);
	memcpy(list + at, block, (size_t) m.length);
	memcpy(list + at + m.length, rest + at, (size_t) (nrest - at));
}

/* moved is what a list looks like after a move, as it is carried out. */
static const char *
moved(const char *list, int start, int length, int before)
{
	static char result[LIST_MAX + 1];
	VzMove		asked = {start, length, before};
	VzMove		least = vz_move_least(&asked);

	memset(result, 0, sizeof(result));
	memcpy(result, list, strlen(list));
	if (least.length > 0)
		by_the_book(result, least);
	return result;
}

/* check_all_moves compares every move of every short list with the plain way. */
static void
check_all_moves(void)
{
	int			differ = 0;
	int			wasteful = 0;
	int			tried = 0;

	for (int n = 1; n <= LIST_MAX; n++)
		for (int start = 0; start < n; start++)
			for (int length = 1; length <= n - start; length++)
				for (int before = 0; before <= n; before++)
				{
					VzMove		asked = {start, length, before};
					VzMove		least = vz_move_least(&asked);
					char		list[LIST_MAX + 1] = "";
					char		book[LIST_MAX + 1] = "";

					memcpy(list, "ABCDEFGHIJKL", (size_t) n);
					memcpy(book, list, sizeof(book));
					by_the_book(book, asked);
					differ += strcmp(moved(list, start, length, before), book) != 0;
					wasteful += least.length > length || least.length > n / 2 + n % 2 || !vz_move_is_valid(&asked, n);
					tried++;
				}
	ok(tried > 2000 && differ == 0, "every move of a short list is what taking out and putting in makes");
	ok(wasteful == 0, "and writes no more than half of the list");
}

/* between is the result of vz_ranks_between as a text. */
static const char *
between(const int64_t *low, const int64_t *high, int n)
{
	static char text[80];
	VzRanks		ranks;

	if (!vz_ranks_between(low, high, n, &ranks))
		return "no room";
	snprintf(text, sizeof(text), "%lld %lld", (long long) ranks.first, (long long) ranks.step);
	return text;
}

int
main(void)
{
	int64_t		ten = 10;
	int64_t		twenty = 20;
	int64_t		eleven = 11;
	int64_t		most = VZ_RANK_MAX;
	int64_t		least = -VZ_RANK_MAX;
	int64_t		low = VZ_RANK_GAP;
	int64_t		high = 2 * VZ_RANK_GAP;
	VzRanks		ranks;
	int			fit = 0;
	bool		none_valid = true;
	VzMove		outside[] = {{-1, 1, 0}, {5, 1, 0}, {4, 2, 0}, {0, 0, 0}, {0, 1, 6}, {0, 1, -1}, {1, 2147483647, 0}};

	is_text(moved("ABCDE", 1, 2, 5), "ADEBC", "a block goes to the end");
	is_text(moved("ABCDE", 3, 1, 0), "DABCE", "one goes to the beginning");
	is_text(moved("ABCDE", 1, 2, 1), "ABCDE", "before itself: nothing");
	is_text(moved("ABCDE", 1, 2, 2), "ABCDE", "within itself: nothing");
	is_text(moved("ABCDE", 1, 2, 3), "ABCDE", "behind itself: nothing");
	is_text(moved("ABCDE", 0, 1, 5), "BCDEA", "the first one goes to the end");
	check_all_moves();
	for (int i = 0; i < (int) (sizeof(outside) / sizeof(outside[0])); i++)
		none_valid &= !vz_move_is_valid(&outside[i], 5);
	ok(none_valid, "what is out of the list is no move");
	ok(!vz_move_is_valid(&(VzMove) {0, 1, 0}, 0), "in an empty list there is none");
	is_text(between(NULL, NULL, 3), "1099511627776 1099511627776", "an empty list");
	is_text(between(&ten, NULL, 1), "1099511627786 1099511627776", "behind the last one");
	is_text(between(NULL, &ten, 2), "-2199023255542 1099511627776", "before the first one");
	is_text(between(&ten, &twenty, 1), "15 5", "between two");
	is_text(between(&ten, &twenty, 9), "11 1", "as many as there is room for");
	is_text(between(&ten, &twenty, 10), "no room", "one more is too many");
	is_text(between(&ten, &eleven, 1), "no room", "between neighbours");
	is_text(between(&most, NULL, 1), "no room", "behind the greatest rank");
	is_text(between(NULL, &least, 1), "no room", "before the least one");
	is_text(between(&least, &most, 1), "0 2305843009213693952", "between the two there is all the room there is");
	while (vz_ranks_between(&low, &high, 1, &ranks) && ranks.first > low && ranks.first < high)
	{
		high = ranks.first;
		fit++;
	}
	ok(fit == 40, "forty go between two neighbours");
	return done_testing();
}
