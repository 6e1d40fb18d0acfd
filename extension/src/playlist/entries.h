/*
 * entries.h
 *		What stands in a playlist, as its reader sees it.
 */
#ifndef VEZA_PLAYLIST_ENTRIES_H
#define VEZA_PLAYLIST_ENTRIES_H

#include "../track/key_page.h"
#include "visibility.h"

/* Answers a page of the entries, in their order. */
extern Datum vz_playlist_entries_answer(const VzPlaylistSight *sight, const VzKeyPage *page);

#endif							/* VEZA_PLAYLIST_ENTRIES_H */
