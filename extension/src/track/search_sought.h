/*
 * search_sought.h
 *		What is searched for, as the arguments that statements take: a text goes
 *		in, and they come out.
 */
#ifndef VEZA_SEARCH_SOUGHT_H
#define VEZA_SEARCH_SOUGHT_H

#include "../core/ground/query.h"
#include "search_index.h"

/* The arguments, in their order; NULL: nothing is searched for. */
typedef enum VzSought
{
	VZ_SOUGHT_WORDS,			/* as names and titles are sorted */
	VZ_SOUGHT_NEAR,				/* tsquery: each word, what begins with it, or what is one letter away */
	VZ_SOUGHT_BEGINNING,		/* the same without the latter */
	VZ_SOUGHT_WHOLE,			/* each word as it is */
	VZ_SOUGHT_RARE_BEGINNING,	/* of these two what may be asked of the index; not known yet (search_rare.h) */
	VZ_SOUGHT_RARE_NEAR,
	VZ_NSOUGHT
} VzSought;

#define VZ_SOUGHT_TYPES TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID

#define VZ_SOUGHT_CHARS_MAX 200	/* of a text that is searched for */

/* Puts what the search looks for into its arguments; NULL: nothing is searched for. */
extern void vz_search_sought(const VzSearch *search, VzArg *sought);

#endif							/* VEZA_SEARCH_SOUGHT_H */
