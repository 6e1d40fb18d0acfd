/*
 * playlist_rules.h
 *		Words about playlists that clients send; pure: no server header.
 */
#ifndef VEZA_PLAYLIST_RULES_H
#define VEZA_PLAYLIST_RULES_H

/* The role of that name, as it is stored: editor (also write) or viewer (also read); NULL: there is none. */
extern const char *vz_playlist_role(const char *word);

#endif							/* VEZA_PLAYLIST_RULES_H */
