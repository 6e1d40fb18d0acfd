/*
 * list_rows.c
 *		The statements that find a page of tracks (see list_rows.h).
 *
 * Each order is a statement of its own, so that each walks its index. What is
 * not given falls away when the statement is planned, which is done anew each
 * time.
 */
#include "list_rows.h"

#define LISTED(key, key_text, key_of_text, than, direction) \
	VZ_TRACK_ROWS(VZ_TRACK_PAGE("track_shape", key, key_text, direction, \
								"veza_data.track t where " VZ_TRACK_IS_LISTED("t", "$18") VZ_TRACK_BEHIND(key, key_of_text, than), \
								VZ_TRACK_FILTERED_PAGE))

#define OWN(key, key_text, key_of_text, than, direction) \
	VZ_TRACK_ROWS(VZ_TRACK_PAGE("track_owner_shape", key, key_text, direction, \
								"veza_data.track t where " VZ_TRACK_IS_OWN("$17") VZ_TRACK_BEHIND(key, key_of_text, than), \
								VZ_TRACK_FILTERED_PAGE))

/* The rows that come first in the order; those of the genre where its index has that order. */
#define NEARBY_OF(within, key, key_text, key_of_text, than, direction) \
	VZ_TRACK_ROWS(VZ_TRACK_PAGE("track_shape", key, key_text, direction, \
								"(select t.* from veza_data.track t where t.is_listed" within VZ_TRACK_BEHIND(key, key_of_text, than) \
								" order by " key direction ", t.id" direction " limit " VZ_NEARBY_MAX ") t", \
								" where " VZ_TRACK_IS_SERVED("t", "$18") VZ_TRACK_FILTERED_PAGE \
								" and ($20 is null or " VZ_TRACK_HAS(VZ_NEAR) ")"))
#define NEARBY(...) NEARBY_OF("", __VA_ARGS__)
#define NEARBY_IN_GENRE(...) NEARBY_OF(" and ($5 is null or lower(t.genre) = $5)", __VA_ARGS__)

#define FEW(key, key_text, key_of_text, than, direction) \
	VZ_TRACK_ROWS(VZ_TRACK_PAGE("track_shape", key, key_text, direction, VZ_TRACK_FEW(VZ_TRACK_BEHIND(key, key_of_text, than)), ""))

#define BOTH_WAYS(rows, key, key_text, key_of_text) \
	{rows(key, key_text, key_of_text, "<", " desc"), rows(key, key_text, key_of_text, ">", "")}
#define ALL_ROWS(nearby, ...) \
	{BOTH_WAYS(LISTED, __VA_ARGS__), BOTH_WAYS(nearby, __VA_ARGS__), BOTH_WAYS(FEW, __VA_ARGS__), BOTH_WAYS(OWN, __VA_ARGS__)}

#define BY_TIME(nearby, column) \
	ALL_ROWS(nearby, column, VZ_TIME_KEY(column), "timestamptz 'epoch' + $1::bigint * interval '1 microsecond'")
#define BY_NUMBER(key) ALL_ROWS(NEARBY, key, key, "$1::bigint")
#define BY_WORD(column) ALL_ROWS(NEARBY, column " collate \"C\"", column, "$1 collate \"C\"")

static VzOrderRows order_rows[] = {
	[VZ_BY_CREATED] = BY_TIME(NEARBY_IN_GENRE, "t.created_at"),
	[VZ_BY_UPDATED] = BY_TIME(NEARBY, "t.updated_at"),
	[VZ_BY_TITLE] = BY_WORD("t.title_key"),
	[VZ_BY_ARTIST] = BY_WORD("t.artist_key"),
	[VZ_BY_DURATION] = BY_NUMBER("t.duration_key"),
	[VZ_BY_PLAYS] = BY_NUMBER("t.play_count"),
	[VZ_BY_LIKES] = BY_NUMBER("t.like_count"),
	[VZ_BY_POPULARITY] = BY_NUMBER("t.popularity"),
	[VZ_BY_BPM] = BY_NUMBER("t.bpm_key"),
};

VzOrderRows *
vz_track_order_rows(VzTrackOrder order)
{
	return &order_rows[order];
}
