/*
 * list_query.h
 *		What is asked of the list of tracks: arguments go in; filters, order and
 *		page, or what is wrong with them, come out.
 */
#ifndef VEZA_TRACK_LIST_QUERY_H
#define VEZA_TRACK_LIST_QUERY_H

#include "key_page.h"
#include "search_sought.h"

/* What the list can be sorted by; the first is the default. */
typedef enum VzTrackOrder
{
	VZ_BY_CREATED,
	VZ_BY_UPDATED,
	VZ_BY_TITLE,
	VZ_BY_ARTIST,
	VZ_BY_DURATION,
	VZ_BY_PLAYS,
	VZ_BY_LIKES,
	VZ_BY_POPULARITY,
	VZ_BY_BPM,
	VZ_BY_RELEVANCE				/* of a search only */
} VzTrackOrder;

/* What narrows a list, in the order in which statements take it. */
typedef enum VzTrackFilter
{
	VZ_FILTER_GENRE,
	VZ_FILTER_TAGS,
	VZ_FILTER_ARTIST,
	VZ_FILTER_MIN_MS,
	VZ_FILTER_MAX_MS,
	VZ_FILTER_UPLOADER,
	VZ_FILTER_FORMAT,
	VZ_FILTER_MIN_BPM,
	VZ_FILTER_MAX_BPM,
	VZ_FILTER_LICENSE,
	VZ_FILTER_SINCE,
	VZ_FILTER_UNTIL,
	VZ_FILTER_OWNER,			/* whose own tracks are shown, also what others do not see; NULL: what everybody sees */
	VZ_FILTER_READER,			/* who looks, for blocks */
	VZ_NTRACK_FILTERS
} VzTrackFilter;

#define VZ_TRACK_FILTER_TYPES \
	TEXTOID, TEXTARRAYOID, TEXTOID, INT4OID, INT4OID, UUIDOID, TEXTOID, INT4OID, INT4OID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, \
	UUIDOID, UUIDOID

/* Behind them what is searched for (search_sought.h). */
typedef enum VzTrackSearched
{
	VZ_SEARCHED_WORDS = VZ_NTRACK_FILTERS,
	VZ_SEARCHED_WHOLE = VZ_NTRACK_FILTERS + VZ_SOUGHT_WHOLE,
	VZ_SEARCHED_RARE_NEAR = VZ_NTRACK_FILTERS + VZ_SOUGHT_RARE_NEAR,
	VZ_NSEARCH_FILTERS = VZ_NTRACK_FILTERS + VZ_NSOUGHT
} VzTrackSearched;

/* SQL: the same behind key, id, limit and offset of a page. */
#define VZ_WORDS "$19"
#define VZ_NEAR "$20::tsquery"
#define VZ_BEGINNING "$21::tsquery"
#define VZ_WHOLE "$22::tsquery"
#define VZ_RARE_BEGINNING "$23::tsquery"
#define VZ_RARE_NEAR "$24::tsquery"

/*
 * SQL: the row t is listed. Without a filter that has an index of what is
 * listed, none of these is of use beside what is searched for.
 */
#define VZ_TRACK_IS_LISTED_AS_FOUND \
	"(case when num_nonnulls($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) = 0 then coalesce(t.is_listed, false)" \
	"      else t.is_listed end and " VZ_TRACK_IS_SERVED("t", "$18") ")"

/* SQL: the row t has the query; the index is not asked. */
#define VZ_TRACK_HAS(query) "(t.search @@ " query ") is true"

/* SQL: the filters on the row t, as arguments of these names; one that is NULL falls away when the statement is planned. */
#define VZ_TRACK_FILTERED(genre, tags, artist, min_ms, max_ms, uploader, format, min_bpm, max_bpm, license, since, until) \
	" and (" genre " is null or lower(t.genre) = " genre ")" \
	" and (" tags " is null or t.tags @> " tags ")" \
	" and (" artist " is null or t.artist_key collate \"C\" = " artist ")" \
	" and (" min_ms " is null or t.duration_key >= " min_ms ")" \
	" and (" max_ms " is null or t.duration_key <= " max_ms ")" \
	" and (" uploader " is null or t.uploader_id = " uploader ")" \
	" and (" format " is null or t.file_type = " format ")" \
	" and (" min_bpm " is null or t.bpm_key >= " min_bpm ")" \
	" and (" max_bpm " is null or t.bpm_key <= " max_bpm ")" \
	" and (" license " is null or t.license = " license ")" \
	" and (" since " is null or t.created_at >= " since ")" \
	" and (" until " is null or t.created_at < " until ")"

/* The same where the filters are the first arguments, and where they stand behind key, id, limit and offset of a page. */
#define VZ_TRACK_FILTERED_COUNT VZ_TRACK_FILTERED("$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12")
#define VZ_TRACK_FILTERED_PAGE VZ_TRACK_FILTERED("$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$16")

/* SQL: the own tracks of somebody. */
#define VZ_TRACK_IS_OWN(owner) "(t.uploader_id = " owner " and t.deleted_at is null)"

/* SQL: a time as the number that a cursor holds. */
#define VZ_TIME_KEY(column) "(extract(epoch from " column ") * 1000000)::bigint"

typedef struct VzTrackQuery
{
	VzKeyPage	page;
	VzTrackOrder order;
	bool		is_up;
	bool		is_own;
	bool		with_total;
	bool		is_search;
	VzSearch	search;
	VzArg		filters[VZ_NSEARCH_FILTERS];	/* with what is searched for; what is rare of it is not known yet */
} VzTrackQuery;

/* The filters of a search for what everybody sees, with the present actor's eyes, that nothing else narrows. */
extern void vz_track_search_filters(const VzSearch *search, VzArg *filters);

/* Reads the arguments of track_list; text is what is searched for, or NULL. */
extern void vz_track_query_read(FunctionCallInfo fcinfo, const char *text, VzTrackQuery *q, VzRefusal *wrong);

#endif							/* VEZA_TRACK_LIST_QUERY_H */
