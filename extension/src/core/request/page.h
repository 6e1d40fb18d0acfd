/*
 * page.h
 *		Paging of lists: by page number, or by cursor when the list can grow.
 *
 * A list function has the arguments page, limit and cursor, side by side. Its
 * statement selects from a shape with the columns created_at and id, newest
 * first, and takes: owner, created_at and id of the last row seen (NULL: from
 * the start), limit, offset.
 */
#ifndef VEZA_PAGE_H
#define VEZA_PAGE_H

#include "../ground/query.h"
#include "../ground/refusal.h"

#define VZ_PAGE_LIMIT_DEFAULT	20
#define VZ_PAGE_LIMIT_MAX		100

typedef struct VzPage
{
	int			page;
	int			limit;
	bool		has_cursor;
	TimestampTz after_time;
	pg_uuid_t	after_id;
} VzPage;

/* Reads the three arguments from argno on; refuses wrong ones and returns false. */
extern bool vz_page_read(FunctionCallInfo fcinfo, int argno, VzPage *page);

/* The same for page and limit alone; wrong ones become field errors of wrong. */
extern bool vz_page_read_numbers(FunctionCallInfo fcinfo, int argno, VzPage *page, VzRefusal *wrong);

/* Says where the answer stands in its list; next_cursor may be NULL, and a total that is not exact is a lower bound. */
extern void vz_page_meta(const VzPage *page, int64 total, bool is_exact, const char *next_cursor);

/* Answers the page as an array; page, per_page, total, total_pages and next_cursor go to meta. */
extern Datum vz_page_answer(const VzPage *page, VzStmt *rows, VzStmt *count, const pg_uuid_t *owner);

/* The same for a list that is narrowed: rows takes the filters behind its five arguments, count behind the owner. */
extern Datum vz_page_answer_filtered(const VzPage *page, VzStmt *rows, VzStmt *count, const pg_uuid_t *owner,
									 int nfilters, const VzArg *filters);

#endif							/* VEZA_PAGE_H */
