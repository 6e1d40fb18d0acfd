/*
 * search_sought.c
 *		What is searched for, as arguments (see search_sought.h).
 */
#include "search_sought.h"

#include "search_words.h"

void
vz_search_sought(const VzSearch *search, VzArg *sought)
{
	for (int i = 0; i < VZ_NSOUGHT; i++)
		sought[i] = vz_arg_null();
	if (search == NULL)
		return;
	sought[VZ_SOUGHT_WORDS] = vz_arg_text(vz_search_sort_key(search->folded));
	sought[VZ_SOUGHT_NEAR] = vz_arg_text(vz_search_all(search, VZ_SEARCH_NEAR, NULL));
	sought[VZ_SOUGHT_BEGINNING] = vz_arg_text(vz_search_all(search, VZ_SEARCH_BEGINNING, NULL));
	sought[VZ_SOUGHT_WHOLE] = vz_arg_text(vz_search_all(search, VZ_SEARCH_WHOLE, NULL));
}
