/*
 * search.h
 *		Searching tracks by words.
 */
#ifndef VEZA_TRACK_SEARCH_H
#define VEZA_TRACK_SEARCH_H

#include "list_query.h"

/* Answers a page of what the words of the query find, by relevance; count makes the total exact, unless it is NULL. */
extern Datum vz_track_search_answer(VzTrackQuery *q, VzStmt *count);

#endif							/* VEZA_TRACK_SEARCH_H */
