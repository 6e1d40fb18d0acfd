/*
 * search_tracks.h
 *		Tracks as a search finds them (search_rank.h): behind titles that are what
 *		was searched for, or begin with it, come artists that do.
 */
#ifndef VEZA_TRACK_SEARCH_TRACKS_H
#define VEZA_TRACK_SEARCH_TRACKS_H

#include "list_query.h"
#include "search_rank.h"

/* SQL: rank and popularity of the row t. */
#define VZ_SEARCH_RELEVANCE \
	VZ_SEARCH_RELEVANCE_OF( \
	"case when t.title_key = " VZ_WORDS " then 5 when starts_with(t.title_key, " VZ_WORDS ") then 4" \
	"     when starts_with(t.artist_key, " VZ_WORDS ") then 3 when " VZ_TRACK_HAS(VZ_WHOLE) " then 2" \
	"     when " VZ_TRACK_HAS(VZ_BEGINNING) " then 1 else 0 end", "t.popularity")

extern VzSearchSource vz_track_source;

#endif							/* VEZA_TRACK_SEARCH_TRACKS_H */
