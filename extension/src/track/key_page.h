/*
 * key_page.h
 *		Lists in any order, by page or by cursor: three arguments go in, an array
 *		and its meta come out.
 *
 * A statement's rows have the columns sort_key (text) and id besides those of
 * their shape; sort_key is not shown. It takes the sort_key and the id of the
 * last row seen (texts; NULL: from the start), limit and offset, and what
 * narrows the list behind them. The cursor holds that key and id, so that
 * a row whose place changes meanwhile moves no others.
 */
#ifndef VEZA_KEY_PAGE_H
#define VEZA_KEY_PAGE_H

#include "../core/request/page.h"
#include "cursor.h"

/* Rows that can be reached by page number; what is behind them, by cursor only. */
#define VZ_KEY_PAGE_ROWS_MAX 10000

typedef struct VzKeyPage
{
	VzPage		numbers;
	int			order;			/* the cursor is one of this order */
	const char *after_key;		/* NULL: from the start */
	const char *after_id;
} VzKeyPage;

/* Reads page, limit and cursor from argno on, for a list in this order; adds to wrong what is wrong. */
extern void vz_key_page_read(FunctionCallInfo fcinfo, int argno, int order, VzCursorKind kind, VzKeyPage *page,
				 VzRefusal *wrong);

/*
 * What a page is made of: nearby looks at a bounded part of the list, and its
 * rows are the page when they fill it (NULL: there is none); all looks as far
 * as it must. count takes what narrows the list, and makes the total exact;
 * without it the total is what was seen, and said to be no more than that.
 */
typedef struct VzKeyRows
{
	VzStmt	   *nearby;
	VzStmt	   *all;
	VzStmt	   *count;
} VzKeyRows;

/* Answers the page. */
extern Datum vz_key_page_answer(const VzKeyPage *page, const VzKeyRows *from, int nfilters, const VzArg *filters);

/* Answers the page whose rows, and one behind them if there is one, a statement shows; count as above. */
extern Datum vz_key_page_show(const VzKeyPage *page, VzStmt *show, int nargs, const VzArg *args, VzStmt *count, int nfilters,
							  const VzArg *filters);

/* How many rows stand before the page. */
extern int	vz_key_page_offset(const VzKeyPage *page);

#endif							/* VEZA_KEY_PAGE_H */
