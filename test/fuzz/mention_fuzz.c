/*
 * mention_fuzz.c
 *		Who is mentioned in a comment: names that users may have, each once, and the walk ends.
 */
#include "../../extension/src/social/mention.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);
	char		names[VZ_MENTIONS_MAX][VZ_MENTION_ROOM];
	char		name[VZ_MENTION_ROOM];
	int			n = vz_mentions(text, names);

	promise(n >= 0 && n <= VZ_MENTIONS_MAX + 1);
	for (int i = 0; i < n && i < VZ_MENTIONS_MAX; i++)
	{
		size_t		len = strlen(names[i]);

		promise(len >= 3 && len <= 30 && strspn(names[i], "abcdefghijklmnopqrstuvwxyz0123456789_-") == len);
		for (int j = 0; j < i; j++)
			promise(strcmp(names[i], names[j]) != 0);
	}
	for (const char *at = text; at != NULL;)
	{
		const char *next = vz_mention_next(at, name);

		promise(next == NULL || (next > at && next <= text + strlen(text) && next[-1] != '@'));
		at = next;
	}
	free(text);
	return 0;
}
