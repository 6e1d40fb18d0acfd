/*
 * create.h
 *		Making a playlist.
 */
#ifndef VEZA_PLAYLIST_CREATE_H
#define VEZA_PLAYLIST_CREATE_H

#include "fields.h"
#include "visibility.h"

/*
 * Makes a playlist of the actor without entries, private unless the fields say
 * something else; forked_from may be NULL. The sight is the owner's, and nobody else
 * knows of it before the transaction ends.
 */
extern void vz_playlist_make(const VzPlaylistFields *fields, const pg_uuid_t *forked_from, VzPlaylistSight *sight);

/* Answers the playlist that was made: 201, where it is, and its ETag. */
extern Datum vz_playlist_made_answer(const VzPlaylistSight *sight);

#endif							/* VEZA_PLAYLIST_CREATE_H */
