/*
 * playlist_formats.c
 *		The formats of playlists as files (see playlist_formats.h); no server header.
 */
#include "playlist_formats.h"

#include <string.h>

#include "file_text.h"

static const VzPlaylistFormat formats[] = {
	{"m3u8", "application/vnd.apple.mpegurl", vz_m3u8_read, vz_m3u8_head, vz_m3u8_track, vz_m3u8_foot},
	{"xspf", "application/xspf+xml", vz_xspf_read, vz_xspf_head, vz_xspf_track, vz_xspf_foot},
	{"jspf", "application/json", vz_jspf_read, vz_jspf_head, vz_jspf_track, vz_jspf_foot},
};

const VzPlaylistFormat *
vz_playlist_format(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return strcmp(name, "m3u") == 0 ? &formats[0] : NULL;
}

const VzPlaylistFormat *
vz_playlist_format_of(const char *text)
{
	const char *start = vz_file_start(text);

	start += strspn(start, " \t\r\n");
	return *start == '<' ? &formats[1] : *start == '{' ? &formats[2] : &formats[0];
}
