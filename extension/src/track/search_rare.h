/*
 * search_rare.h
 *		Which words of a search may be asked of the index.
 *
 * For whole words the index is quick, however common they are: it skips what
 * has one and not the other. For beginnings and misspellings it reads all
 * that each of them finds. So it is asked only for those that find little; the others
 * are looked for among what these find, and where no index is asked.
 */
#ifndef VEZA_TRACK_SEARCH_RARE_H
#define VEZA_TRACK_SEARCH_RARE_H

#include "list_query.h"

/* Puts what is rare of the search into its filters; NULL: nothing is. */
extern void vz_search_find_rare(const VzSearch *search, VzArg *filters);

#endif							/* VEZA_TRACK_SEARCH_RARE_H */
