/*
 * follow_page.h
 *		Pages of lists that may have hundred thousands of rows.
 */
#ifndef VEZA_FOLLOW_PAGE_H
#define VEZA_FOLLOW_PAGE_H

#include "../core/request/page.h"

/* Rows that can be reached by page number; what is behind them, by cursor only. */
#define VZ_FOLLOW_PAGE_ROWS_MAX 10000

/* Reads page, limit and cursor behind the first argument; refuses wrong ones and returns false. */
extern bool vz_follow_page_read(FunctionCallInfo fcinfo, VzPage *page);

/* SQL: what the rows of a page stand before, by time and id of the last one seen: in this form an index is entered there. */
#define VZ_FOLLOW_BEFORE(time, id) \
	"(coalesce(" time ", 'infinity'), coalesce(" id ", 'ffffffff-ffff-ffff-ffff-ffffffffffff'))"

#endif							/* VEZA_FOLLOW_PAGE_H */
