/*
 * follow_page.c
 *		Pages of long lists (see follow_page.h).
 */
#include "follow_page.h"

VzRefusal *
vz_follow_page_depth(const VzPage *page)
{
	if (page->has_cursor || (int64) page->page * page->limit <= VZ_FOLLOW_PAGE_ROWS_MAX)
		return NULL;
	return vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "page",
						  psprintf("must stay within the first %d rows; follow next_cursor beyond", VZ_FOLLOW_PAGE_ROWS_MAX));
}
