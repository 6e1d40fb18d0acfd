/*
 * playlist_rules.c
 *		Words about playlists (see playlist_rules.h); no server header.
 */
#include "playlist_rules.h"

#include <stddef.h>
#include <strings.h>

const char *
vz_playlist_role(const char *word)
{
	if (strcasecmp(word, "editor") == 0 || strcasecmp(word, "write") == 0)
		return "editor";
	if (strcasecmp(word, "viewer") == 0 || strcasecmp(word, "read") == 0)
		return "viewer";
	return NULL;
}
