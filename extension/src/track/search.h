/*
 * search.h
 *		Searching tracks by words.
 */
#ifndef VEZA_TRACK_SEARCH_H
#define VEZA_TRACK_SEARCH_H

#include "list_query.h"

/* Answers a page of what the words of the query find. */
extern Datum vz_track_search_answer(const VzTrackQuery *q);

#endif							/* VEZA_TRACK_SEARCH_H */
