/*
 * follow_page.h
 *		Pages of lists that may have hundred thousands of rows.
 */
#ifndef VEZA_FOLLOW_PAGE_H
#define VEZA_FOLLOW_PAGE_H

#include "../core/request/page.h"

/* Rows that can be reached by page number; what is behind them, by cursor only. */
#define VZ_FOLLOW_PAGE_ROWS_MAX 10000

/* NULL when a page that was read stays within them, else the refusal. */
extern VzRefusal *vz_follow_page_depth(const VzPage *page);

/* SQL: what the rows of a page stand before, by time and id of the last one seen: in this form an index is entered there. */
#define VZ_FOLLOW_BEFORE(time, id) \
	"(coalesce(" time ", 'infinity'), coalesce(" id ", 'ffffffff-ffff-ffff-ffff-ffffffffffff'))"

#endif							/* VEZA_FOLLOW_PAGE_H */
