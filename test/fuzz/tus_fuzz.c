/*
 * tus_fuzz.c
 *		Any header or address of a resumable upload.
 */
#include "../../httpd/wire/tus.h"
#include "fuzz.h"

/* pair promises that a pair is within the header's bounds. */
static void
pair(void *state, const char *key, const char *value, size_t len)
{
	size_t	   *n = state;

	promise(strlen(key) > 0 && strlen(key) < TUS_METADATA_MAX && len < TUS_METADATA_MAX && value != NULL);
	*n += strlen(key) + len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);
	char		id[TUS_ID_LEN + 1];
	const char *rest;
	uint64_t	number;
	size_t		n = 0;
	TusChecksum sum;

	if (tus_target_read(text, id, &rest))
		promise(strlen(id) == TUS_ID_LEN && rest[0] == '/' && strchr(id, '/') == NULL);
	if (tus_number_read(text, &number))
		promise(number <= INT64_MAX);
	if (tus_metadata_read(text, pair, &n))
		promise(n <= strlen(text));
	if (tus_checksum_read(text, &sum))
		promise(sum.len == 20 || sum.len == 32);
	free(text);
	return 0;
}
