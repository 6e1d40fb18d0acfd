/*
 * nearest.c
 *		The known word that a wrong one was probably meant to be (see nearest.h).
 */
#include "nearest.h"

#include <string.h>

/* min3 returns the smallest of three numbers. */
static int
min3(int a, int b, int c)
{
	int			least = a < b ? a : b;

	return least < c ? least : c;
}

int
vz_word_distance(const char *a, const char *b)
{
	int			row[VZ_NEAREST_MAX + 1];
	int			na = (int) strlen(a);
	int			nb = (int) strlen(b);

	if (na > VZ_NEAREST_MAX || nb > VZ_NEAREST_MAX)
		return VZ_NEAREST_MAX;
	for (int j = 0; j <= nb; j++)
		row[j] = j;
	for (int i = 1; i <= na; i++)
	{
		int			diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= nb; j++)
		{
			int			above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[nb];
}

int
vz_is_near(const char *word, int distance)
{
	return distance <= (int) strlen(word) / 3;
}
