/*
 * list_rows.h
 *		The statements that find a page of tracks, for each order.
 *
 * All of them take key and id of the last row seen, limit and offset, the
 * filters, and what a search adds to those; and give the rows of a shape with
 * their sort_key.
 */
#ifndef VEZA_TRACK_LIST_ROWS_H
#define VEZA_TRACK_LIST_ROWS_H

#include "list_query.h"
#include "visibility.h"

/* Rows that are worth a look for a page: where two filters meet, a match is rarer. */
#define VZ_NEARBY_MAX \
	"case when num_nonnulls($5, $6, $7, coalesce($8, $9), $10, $11, coalesce($12, $13), $14, coalesce($15, $16)) > 1" \
	" then 8000 else 3000 end + 20 * $3 + 2 * $4"

/* Tracks that a search looks at beyond those that come first in the order. */
#define VZ_FOUND_MAX "5000"

/*
 * Each down and up. The planner knows well how much one filter matches, and
 * nothing of how much two do, or words: these first look at a bounded number of
 * rows, those that come first. What matches much fills the page there; what
 * does not matches so little that it can be fetched and sorted.
 */
typedef struct VzOrderRows
{
	VzStmt		listed[2];		/* what everybody sees, by the index of the order: soon found when nothing narrows it */
	VzStmt		nearby[2];		/* what everybody sees, among the rows that come first */
	VzStmt		few[2];			/* what matches, fetched and sorted; also of the own tracks */
	VzStmt		own[2];			/* the own tracks, when nothing is searched for */
} VzOrderRows;

/* The statements of an order; not of VZ_BY_RELEVANCE. */
extern VzOrderRows *vz_track_order_rows(VzTrackOrder order);

#define VZ_TRACK_ROWS(text) \
	VZ_STMT_SEARCH(text, TEXTOID, TEXTOID, INT4OID, INT4OID, VZ_TRACK_FILTER_TYPES, VZ_SOUGHT_TYPES)

/*
 * SQL: one page. rows says which rows t are looked at, listed how they are
 * narrowed. The key is that of the index; what the cursor holds of it is a
 * text. Only what is shown is looked up in the shape.
 */
#define VZ_TRACK_PAGE(shape, key, key_text, direction, rows, narrowed) \
	"select s.*, p.key_text::text as sort_key" \
	"  from (select t.id, " key " as key, " key_text " as key_text from " rows narrowed \
	"         order by " key direction ", t.id" direction " limit $3 offset $4) p" \
	"  join veza_data." shape " s on s.id = p.id" \
	" order by p.key" direction ", p.id" direction

/* SQL: the row t is behind the last one seen. */
#define VZ_TRACK_BEHIND(key, key_of_text, than) \
	" and ($1 is null or (" key ", t.id) " than " (" key_of_text ", $2::uuid))"

/*
 * SQL: the rows t that match, as many as are looked at. They are found by what
 * narrows them, never by walking an order: the limit sees to that.
 */
#define VZ_TRACK_FEW(behind) \
	"(select t.* from veza_data.track t" \
	"  where case when $17 is null then " VZ_TRACK_IS_LISTED_AS_FOUND " else " VZ_TRACK_IS_OWN("$17") " end" \
	VZ_TRACK_FILTERED_PAGE \
	"    and ($24 is null or t.search @@ " VZ_RARE_NEAR ")" \
	"    and ($20 is null or " VZ_TRACK_HAS(VZ_NEAR) ")" behind \
	"  limit case when $20 is not null then " VZ_FOUND_MAX " end) t"

#endif							/* VEZA_TRACK_LIST_ROWS_H */
