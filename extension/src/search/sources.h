/*
 * sources.h
 *		Where a search finds users and playlists, as it finds tracks
 *		(track/search_rank.h). Both take who looks as the one filter before what is
 *		sought.
 */
#ifndef VEZA_SEARCH_SOURCES_H
#define VEZA_SEARCH_SOURCES_H

#include "../track/search_rank.h"

/* Users by their username and their name as shown; never by an address. */
extern VzSearchSource vz_user_source;

/* Playlists by their name and their description. */
extern VzSearchSource vz_playlist_source;

#define VZ_SOURCE_FILTERS (1 + VZ_NSOUGHT)

/* SQL: these filters behind what stands before them. */
#define VZ_SOURCE_VIEWER "$5"
#define VZ_SOURCE_WORDS "$6"
#define VZ_SOURCE_NEAR "$7::tsquery"
#define VZ_SOURCE_BEGINNING "$8::tsquery"
#define VZ_SOURCE_WHOLE "$9::tsquery"
#define VZ_SOURCE_RARE_BEGINNING "$10::tsquery"
#define VZ_SOURCE_RARE_NEAR "$11::tsquery"

#define VZ_SOURCE_STMT(text) VZ_STMT_SEARCH(text, VZ_SEARCH_BEFORE_FILTER_TYPES, UUIDOID, VZ_SOUGHT_TYPES)

/* Rows that are looked at: the most popular ones, those that begin with the words, those that have a query. */
#define VZ_SOURCE_POPULAR_MAX "1000"
#define VZ_SOURCE_BEGINNING_MAX "1000"
#define VZ_SOURCE_MATCHING_MAX "3000"

/* SQL: the row x has the query; the index is not asked. */
#define VZ_SOURCE_HAS(x, query) "(" x ".search @@ " query ") is true"

/* SQL: the rank of the row x, which is called what is sought, or begins so, under those conditions. */
#define VZ_SOURCE_RANK(x, is_it, begins) \
	"case when " is_it " then 5 when " begins " then 4 when " VZ_SOURCE_HAS(x, VZ_SOURCE_WHOLE) " then 2" \
	"     when " VZ_SOURCE_HAS(x, VZ_SOURCE_BEGINNING) " then 1 else 0 end"

#endif							/* VEZA_SEARCH_SOURCES_H */
