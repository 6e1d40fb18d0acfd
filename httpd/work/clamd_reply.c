/*
 * clamd_reply.c
 *		What clamd answers about a file (see clamd_reply.h). Source: clamd(8).
 */
#include "clamd_reply.h"

#include <string.h>

#define PREFIX	"stream: "
#define CLEAN	"stream: OK"
#define FOUND	" FOUND"

/* copy_printable copies what may stand in a log line. */
static void
copy_printable(char out[CLAMD_DETAIL_MAX], const char *text, size_t len)
{
	size_t		n = 0;

	for (; n < len && n < CLAMD_DETAIL_MAX - 1; n++)
		out[n] = text[n] >= 0x20 && text[n] < 0x7F ? text[n] : '?';
	out[n] = '\0';
}

ClamdVerdict
clamd_reply_read(const char *reply, size_t len, char detail[CLAMD_DETAIL_MAX])
{
	const size_t prefix = strlen(PREFIX);
	const size_t found = strlen(FOUND);
	size_t		n = strnlen(reply, len);

	copy_printable(detail, reply, n);
	/* One answer, whole, and nothing behind it. */
	if (n + 1 != len)
		return CLAMD_FAILED;
	if (n == strlen(CLEAN) && memcmp(reply, CLEAN, n) == 0)
	{
		detail[0] = '\0';
		return CLAMD_CLEAN;
	}
	if (n <= prefix + found || memcmp(reply, PREFIX, prefix) != 0 || memcmp(reply + n - found, FOUND, found) != 0)
		return CLAMD_FAILED;
	copy_printable(detail, reply + prefix, n - prefix - found);
	return CLAMD_INFECTED;
}
