/*
 * list.c
 *		The list of tracks, narrowed and in any order.
 *
 * Each order is a statement of its own, so that each walks its index. What is
 * not given falls away when the statement is planned, which is done anew each
 * time: what is given decides by what it matches whether the order's index or
 * the filter's is walked.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/refusal.h"
#include "list_query.h"
#include "search.h"
#include "visibility.h"

/*
 * One page. The key is that of the index; what the cursor holds of it is a
 * text. Only what is shown is looked up in the shape.
 */
#define PAGE(shape, scope, key, key_text, key_of_text, than, direction) \
	VZ_STMT_SEARCH( \
	"select s.*, p.key_text::text as sort_key" \
	"  from (select t.id, " key " as key, " key_text " as key_text" \
	"          from veza_data.track t" \
	"         where " scope VZ_TRACK_FILTERED_PAGE \
	"           and ($1 is null or (" key ", t.id) " than " (" key_of_text ", $2::uuid))" \
	"         order by " key direction ", t.id" direction " limit $3 offset $4) p" \
	"  join veza_data." shape " s on s.id = p.id" \
	" order by p.key" direction ", p.id" direction, \
	TEXTOID, TEXTOID, INT4OID, INT4OID, VZ_TRACK_FILTER_TYPES)

/* What everybody sees, and the own tracks; down and up. */
#define BOTH_WAYS(key, key_text, key_of_text) \
	{{PAGE("track_shape", VZ_TRACK_IS_LISTED("t", "$18"), key, key_text, key_of_text, "<", " desc"), \
	  PAGE("track_shape", VZ_TRACK_IS_LISTED("t", "$18"), key, key_text, key_of_text, ">", "")}, \
	 {PAGE("track_owner_shape", VZ_TRACK_IS_OWN("$17"), key, key_text, key_of_text, "<", " desc"), \
	  PAGE("track_owner_shape", VZ_TRACK_IS_OWN("$17"), key, key_text, key_of_text, ">", "")}}

#define BY_TIME(column) \
	BOTH_WAYS(column, VZ_TIME_KEY(column), "timestamptz 'epoch' + $1::bigint * interval '1 microsecond'")
#define BY_NUMBER(key) BOTH_WAYS(key, key, "$1::bigint")
#define BY_WORD(column) BOTH_WAYS(column " collate \"C\"", column, "$1 collate \"C\"")

static VzStmt pages[][2][2] = {
	[VZ_BY_CREATED] = BY_TIME("t.created_at"),
	[VZ_BY_UPDATED] = BY_TIME("t.updated_at"),
	[VZ_BY_TITLE] = BY_WORD("t.title_key"),
	[VZ_BY_ARTIST] = BY_WORD("t.artist_key"),
	[VZ_BY_DURATION] = BY_NUMBER("t.duration_key"),
	[VZ_BY_PLAYS] = BY_NUMBER("t.play_count"),
	[VZ_BY_LIKES] = BY_NUMBER("t.like_count"),
	[VZ_BY_POPULARITY] = BY_NUMBER("t.popularity"),
	[VZ_BY_BPM] = BY_NUMBER("t.bpm_key"),
};

static VzStmt count_listed = VZ_STMT_SEARCH(
	"select count(*) as n from veza_data.track t where " VZ_TRACK_IS_LISTED("t", "$14") VZ_TRACK_FILTERED_COUNT, VZ_TRACK_FILTER_TYPES);

static VzStmt count_own = VZ_STMT_SEARCH(
	"select count(*) as n from veza_data.track t where " VZ_TRACK_IS_OWN("$13") VZ_TRACK_FILTERED_COUNT, VZ_TRACK_FILTER_TYPES);

VZ_FUNCTION(track_list);

/*
 * track_list pages through tracks: those that everybody sees, or the own ones.
 *
 * Arguments: see list_query.c.
 */
Datum
track_list(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzTrackQuery q;

	vz_track_query_read(fcinfo, vz_text_argument(fcinfo, 3), &q, wrong);
	vz_raise_if(wrong);
	if (q.is_search)
		return vz_track_search_answer(&q);
	return vz_key_page_answer(&q.page, &pages[q.order][q.is_own][q.is_up],
							  !q.with_total ? NULL : q.is_own ? &count_own : &count_listed, VZ_NTRACK_FILTERS, q.filters);
}
