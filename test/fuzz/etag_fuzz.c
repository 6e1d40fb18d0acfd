/*
 * etag_fuzz.c
 *		If-Match and If-None-Match: a list names a tag only if the tag stands in
 *		it, and it always does when it stands behind well-formed ones.
 */
#include "../../httpd/wire/etag.h"
#include "fuzz.h"

/* is_opaque says whether the text may stand between the quotes of a tag. */
static bool
is_opaque(const char *text)
{
	for (const unsigned char *p = (const unsigned char *) text; *p != '\0'; p++)
		if (*p <= ' ' || *p == '"' || *p == 0x7F)
			return false;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *header = text_of(data, size);
	char	   *list = malloc(size + ETAG_SIZE + 8);
	char		tag[ETAG_SIZE];

	etag_of_content((const char *) data, size, tag);
	if (etag_matches(header, tag))
		promise(strstr(header, tag + 2) != NULL || strchr(header, '*') != NULL);
	if (is_opaque(header))
	{
		sprintf(list, "\"%s\", %s", header, tag);
		promise(etag_matches(list, tag));
		sprintf(list, "W/\"%s\",%s", header, tag + 2);
		promise(etag_matches(list, tag));
	}
	promise(etag_matches(tag, tag) && etag_matches("*", tag));
	free(list);
	free(header);
	return 0;
}
