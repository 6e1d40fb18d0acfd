/*
 * playlist_file_fuzz.c
 *		Playlists as files: whatever is read of a text is written in the room that is
 *		promised, and read again as the same tracks.
 */
#include "../../extension/src/playlist/playlist_formats.h"
#include "../../extension/src/playlist/reference.h"
#include "fuzz.h"

/* What is written of what was read. */
typedef struct Copy
{
	const VzPlaylistFormat *format;
	char	   *text;
	size_t		used;
	int			n;
} Copy;

/* write_again is the visitor that writes a track in the format. */
static void
write_again(const VzFileTrack *t, void *state)
{
	Copy	   *copy = state;
	size_t		room = vz_file_track_room(t);
	VzFileTrack track = *t;
	char		value[VZ_REFERENCE_SIZE];
	char		words[VZ_FILE_NAME_SIZE];
	size_t		n;

	promise(t->line > 0 && t->duration_ms >= -1 && t->nidentifiers <= VZ_FILE_IDENTIFIERS_MAX);
	if (t->location != NULL)
	{
		(void) vz_reference_read(t->location, value);
		(void) vz_file_name_words(t->location, words);
	}
	for (int i = 0; i < t->nidentifiers; i++)
		(void) vz_reference_read(t->identifiers[i], value);
	/* Ours are always somewhere. */
	if (track.location == NULL)
		track.location = "x";
	copy->text = realloc(copy->text, copy->used + room + VZ_FILE_FOOT_ROOM);
	n = copy->format->track(&track, copy->n++, copy->text + copy->used);
	promise(n < room);
	copy->used += n;
}

/* ignore is the visitor of a text that is only counted. */
static void
ignore(const VzFileTrack *t, void *state)
{
	(void) t;
	(void) state;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"m3u8", "xspf", "jspf"};
	const VzPlaylistFormat *from;
	char	   *text;

	if (size == 0)
		return 0;
	from = vz_playlist_format(names[data[0] % 3]);
	text = text_of(data + 1, size - 1);
	for (int i = 0; i < 3; i++)
	{
		char	   *again = strdup(text);
		Copy		copy = {.format = vz_playlist_format(names[i]), .text = malloc(vz_file_title_room("t") + VZ_FILE_FOOT_ROOM)};
		VzFileReading reading = {.visit = write_again, .state = &copy};
		VzFileReading second = {.visit = ignore};

		copy.used = copy.format->head("t", copy.text);
		if (from->read(again, &reading) == VZ_FILE_FINE)
		{
			promise(reading.ntracks == copy.n);
			copy.used += copy.format->foot(copy.text + copy.used);
			copy.text[copy.used] = '\0';
			/* A location that begins like a directive is none in a list of lines. */
			if (i > 0)
			{
				promise(copy.format->read(copy.text, &second) == VZ_FILE_FINE);
				promise(second.ntracks == copy.n);
			}
		}
		free(copy.text);
		free(again);
	}
	free(text);
	return 0;
}
