/*
 * track_rules_fuzz.c
 *		Fields of a track: what passes is what the table takes.
 */
#include "../../extension/src/track/track_rules.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);
	char		isrc[VZ_ISRC_LEN + 1];
	const char *end = text + strlen(text);

	if (vz_isrc_read(text, isrc))
		promise(strlen(isrc) == VZ_ISRC_LEN && strspn(isrc, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == VZ_ISRC_LEN);
	if (vz_musical_key_is_valid(text))
		promise(strlen(text) >= 1 && strlen(text) <= 3);
	for (const char *list = text, *word; list != NULL;)
	{
		size_t		len;

		list = vz_tag_next(list, &word, &len);
		promise(word >= text && word + len <= end && memchr(word, ',', len) == NULL);
		promise(list == NULL || (list > text && list <= end));
	}
	(void) vz_license_find(text);
	(void) vz_track_visibility_is_valid(text);
	free(text);
	return 0;
}
