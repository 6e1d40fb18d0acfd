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

#define VZ_SEARCH_WORDS_MAX 8	/* of what is searched for; more narrow nothing down */

/* How what is searched for may be found. */
typedef enum VzSearchHow
{
	VZ_SEARCH_WHOLE,			/* the word itself */
	VZ_SEARCH_BEGINNING,		/* or what begins with it */
	VZ_SEARCH_NEAR,				/* or what is one letter away */
	VZ_NSEARCH_HOW
} VzSearchHow;

/* What a search asks: a tsquery for each word. */
typedef struct VzSearch
{
	char	   *folded;			/* its words; empty: nothing can be searched for */
	int			nwords;
	char	   *query[VZ_NSEARCH_HOW][VZ_SEARCH_WORDS_MAX];
} VzSearch;

/* What stands in an index for a text: a tsvector. */
extern Datum vz_search_vector(const char *words);

/* The text columns of a tuple, with blanks between them. */
extern char *vz_search_columns(HeapTuple tuple, TupleDesc desc, int ncolumns, const char *const *columns);

/* What is asked of the index for a text. */
extern VzSearch vz_search_query(const char *words);

/* The tsquery of all the words that are wanted; NULL: none is. wanted may be NULL: all are. */
extern char *vz_search_all(const VzSearch *search, VzSearchHow how, const bool *wanted);

#endif							/* VEZA_SEARCH_INDEX_H */
