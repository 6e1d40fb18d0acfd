/*
 * track_rules_test.c
 *		What the fields of a track may be, and what counts as a play.
 */
#include <string.h>

#include "../../extension/src/track/track_rules.h"
#include "tap.h"

/* tags writes the words of a list, each in brackets. */
static const char *
tags(const char *list)
{
	static char out[200];
	const char *word;
	size_t		len;

	out[0] = '\0';
	while (list != NULL)
	{
		list = vz_tag_next(list, &word, &len);
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "[%.*s]", (int) len, word);
	}
	return out;
}

int
main(void)
{
	static const char *const isrcs[][2] = {
		{"US-RC1-76-07839", "USRC17607839"}, {"frz032600001", "FRZ032600001"}, {"ISRC FRZ032600001", "FRZ032600001"},
		{"ISRC:us rc1 76 07839", "USRC17607839"}, {"TEST0012024001", NULL}, {"USRC1760783", NULL}, {"", NULL}, {"ISRC", NULL},
		{"1SRC17607839", NULL}, {"USRC1760783A", NULL}, {"US_C17607839", NULL}, {"ISRC17607839", "ISRC17607839"},
		{"isZZ17607839", "ISZZ17607839"}
	};
	static const char *const keys[] = {"C", "F#", "Bb", "Am", "C#m", "Bbm", "Gm"};
	static const char *const no_keys[] = {"", "H", "c", "C##", "Cmm", "Cm#", "C major", "A b"};
	char		isrc[VZ_ISRC_LEN + 1];

	for (size_t i = 0; i < sizeof(isrcs) / sizeof(isrcs[0]); i++)
	{
		bool		good = vz_isrc_read(isrcs[i][0], isrc);

		each(good == (isrcs[i][1] != NULL) && (!good || strcmp(isrc, isrcs[i][1]) == 0), "'%s' is read as '%s'", isrcs[i][0],
			 good ? isrc : "none");
	}
	all("ISRCs");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		each(vz_musical_key_is_valid(keys[i]), "'%s' is no key", keys[i]);
	for (size_t i = 0; i < sizeof(no_keys) / sizeof(no_keys[0]); i++)
		each(!vz_musical_key_is_valid(no_keys[i]), "'%s' is a key", no_keys[i]);
	all("keys");
	is_text(vz_license_find("creative commons by-nc"), "Creative Commons BY-NC", "a licence is written properly");
	ok(vz_license_find("GPL") == NULL, "one that there is not");
	ok(vz_track_visibility_is_valid("unlisted"), "who may see a track");
	ok(!vz_track_visibility_is_valid("Public") && !vz_track_visibility_is_valid(""), "is one of three words");
	is_text(tags("a"), "[a]", "one tag");
	is_text(tags(" a , b b,, "), "[a][b b][][]", "a list");
	is_text(tags("[\"a\", \"b\"]"), "[a][b]", "a list in JSON");
	is_text(tags(""), "[]", "nothing");
	is_text(tags("#a,'b'"), "[a][b]", "signs around");
	is_text(vz_play_source("Playlist"), "playlist", "where a play was started");
	is_text(vz_play_source("Zebulon"), "other", "is one of our words");
	is_text(vz_play_source(NULL), "other", "or not known");
	ok(vz_play_counts(30000, 180000) && !vz_play_counts(29999, 180000), "half a minute of a long track");
	ok(vz_play_counts(5000, 10000) && !vz_play_counts(4999, 10000), "half of a short one");
	ok(vz_play_counts(30000, 0) && !vz_play_counts(29999, 0), "half a minute where the length is not known");
	ok(!vz_play_counts(0, 1), "nothing is no play");
	ok(vz_play_counts(1, 1), "of next to nothing all of it is");
	is_number(vz_play_window_ms(0), 30000, "a play is one for 30 s at least");
	is_number(vz_play_window_ms(180000), 180000, "for the length of the track");
	is_number(vz_play_window_ms(INT64_C(86400000)), 3600000, "and for an hour at most");
	return done_testing();
}
