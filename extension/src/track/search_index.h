/*
 * search_index.h
 *		Tracks are found by what search_words.c makes of their words: a text
 *		goes in, and what stands in the index, or is asked of it, comes out.
 */
#ifndef VEZA_SEARCH_INDEX_H
#define VEZA_SEARCH_INDEX_H

#include "../core/ground/compat.h"

#include "access/htup.h"
#include "access/tupdesc.h"

/* The words of a text, one blank between two: without accents, in lower case. */
extern char *vz_search_folded(const char *words);

/* What a text is sorted and filtered by. */
extern char *vz_search_key(const char *words);

/* What a search asks. */
typedef struct VzSearch
{
	char	   *folded;			/* its words; empty: nothing can be searched for */
	char	   *near;			/* tsquery: all words, or beginnings of words, or what is one letter away */
	char	   *strict;			/* the same without the latter */
} VzSearch;

/* What stands in an index for a text: a tsvector. */
extern Datum vz_search_vector(const char *words);

/* The text columns of a tuple, with blanks between them. */
extern char *vz_search_columns(HeapTuple tuple, TupleDesc desc, int ncolumns, const char *const *columns);

/* What is asked of the index for a text. */
extern VzSearch vz_search_query(const char *words);

#endif							/* VEZA_SEARCH_INDEX_H */
