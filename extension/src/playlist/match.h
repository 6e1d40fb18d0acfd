/*
 * match.h
 *		Which tracks the lines of a playlist's file mean, of those that the present
 *		actor sees.
 */
#ifndef VEZA_PLAYLIST_MATCH_H
#define VEZA_PLAYLIST_MATCH_H

#include "../core/ground/query.h"
#include "playlist_file.h"

/*
 * A row for each line, in their order: track_id, NULL where nothing was found,
 * and matched_by: uri, isrc, hash or artist_title.
 */
extern VzRows vz_playlist_match(const VzFileTrack *lines, int nlines);

#endif							/* VEZA_PLAYLIST_MATCH_H */
