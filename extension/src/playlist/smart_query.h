/*
 * smart_query.h
 *		The tracks of a smart playlist: rules go in; what they find of what the
 *		present actor sees comes out, in pages.
 */
#ifndef VEZA_SMART_QUERY_H
#define VEZA_SMART_QUERY_H

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"
#include "../track/key_page.h"

typedef struct VzSmartQuery VzSmartQuery;

/*
 * Reads rules (a jsonb); adds to wrong what is wrong with them. NULL when
 * anything is. What random puts in its order depends on the day and on id, which
 * may be NULL.
 */
extern VzSmartQuery *vz_smart_query(Datum rules, const pg_uuid_t *id, VzRefusal *wrong);

/* Reads page, limit and cursor from argno on, for these rules; adds to wrong what is wrong. */
extern void vz_smart_page_read(FunctionCallInfo fcinfo, int argno, VzSmartQuery *query, VzKeyPage *page, VzRefusal *wrong);

/* Answers a page, as rows of playlist_entry_shape. */
extern Datum vz_smart_entries_answer(const VzSmartQuery *query, const VzKeyPage *page);

/* Shows all tracks as lines of a file (see export.c), in their order. */
extern void vz_smart_lines(const VzSmartQuery *query, VzVisitor visit, void *state);

#endif							/* VEZA_SMART_QUERY_H */
