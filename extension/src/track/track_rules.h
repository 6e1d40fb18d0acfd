/*
 * track_rules.h
 *		What the fields of a track may be. Texts go in; what is stored, or that it
 *		is none, comes out. Pure: no server header.
 */
#ifndef VEZA_TRACK_RULES_H
#define VEZA_TRACK_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VZ_ISRC_LEN 12
#define VZ_TAGS_MAX 10
#define VZ_TAG_CHARS_MAX 30

/* Reads an ISRC with or without its name, hyphens and blanks; false when it is none. There is no check digit. */
extern bool vz_isrc_read(const char *text, char out[VZ_ISRC_LEN + 1]);

/* Is this a musical key: a note, perhaps raised or lowered, perhaps minor? */
extern bool vz_musical_key_is_valid(const char *key);

/* The licence of that name, in any case of letters, as it is written properly; NULL when there is none. */
extern const char *vz_license_find(const char *name);

/* The type of the files that clients call so in lower case (mp3, or audio/mpeg); NULL when there is none. */
extern const char *vz_audio_format(const char *name);

/* Is this one of the words for who may see a track? */
extern bool vz_track_visibility_is_valid(const char *word);

/*
 * The next of the words of a list with commas, as forms and JSON texts bring
 * them: without blanks, brackets and quotation marks around it. Returns where
 * to go on, or NULL when this was the last; an empty word has a length of 0.
 */
extern const char *vz_tag_next(const char *list, const char **word, size_t *len);

/* Where a play was started, as one of the words that are counted; what is none of them, or NULL, is "other". */
extern const char *vz_play_source(const char *word);

/*
 * Whether a play counts: the listener really heard the lesser of 30 s and half
 * of the track. A duration of 0 is not known. All in ms.
 */
extern bool vz_play_counts(int64_t listened_ms, int64_t duration_ms);

/* How long after a play the same listener's next one counts: one length of the track, 30 s to an hour. */
extern int64_t vz_play_window_ms(int64_t duration_ms);

#endif							/* VEZA_TRACK_RULES_H */
