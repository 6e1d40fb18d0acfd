/*
 * clamd_fuzz.c
 *		Any answer of clamd: clean is one answer alone.
 */
#include "../../httpd/work/clamd_reply.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char clean[] = "stream: OK";
	char		detail[CLAMD_DETAIL_MAX];
	ClamdVerdict verdict = clamd_reply_read((const char *) data, size, detail);

	promise((verdict == CLAMD_CLEAN) == (size == sizeof(clean) && memcmp(data, clean, size) == 0));
	promise(verdict != CLAMD_UNAVAILABLE);
	promise(strlen(detail) < CLAMD_DETAIL_MAX);
	for (const char *p = detail; *p != '\0'; p++)
		promise(*p >= 0x20 && *p < 0x7F);
	return 0;
}
