/*
 * clamd_reply_test.c
 *		What clamd answers about a file: one answer is clean, and nothing else.
 */
#include <string.h>

#include "../../httpd/work/clamd_reply.h"
#include "tap.h"

static char detail[CLAMD_DETAIL_MAX];

/* verdict reads an answer of so many bytes. */
static const char *
verdict(const char *reply, size_t len)
{
	static const char *const words[] = {"clean", "infected", "failed", "unavailable"};

	return words[clamd_reply_read(reply, len, detail)];
}

#define VERDICT(reply) verdict(reply, sizeof(reply))

int
main(void)
{
	static const char clean[] = "stream: OK";
	char		changed[sizeof(clean) + 1];

	is_text(VERDICT("stream: OK"), "clean", "the one answer");
	is_text(detail, "", "which says no more");
	is_text(verdict("stream: OK", 10), "failed", "cut off before its end");
	for (size_t at = 0; at < sizeof(clean); at++)
		for (int byte = 0; byte < 256; byte++)
		{
			memcpy(changed, clean, sizeof(clean));
			changed[at] = (char) byte;
			if (byte != (unsigned char) clean[at])
				each(strcmp(verdict(changed, sizeof(clean)), "clean") != 0, "byte %zu is %d", at, byte);
		}
	all("one byte another, and it is not");
	for (size_t len = 0; len < sizeof(clean); len++)
		each(strcmp(verdict(clean, len), "clean") != 0, "%zu bytes", len);
	all("nor shorter");
	is_text(verdict("stream: OK\0x", 12), "failed", "nor with more behind it");
	is_text(VERDICT("stream: Eicar-Test-Signature FOUND"), "infected", "something was found");
	is_text(detail, "Eicar-Test-Signature", "by its name");
	is_text(VERDICT("stream: OK FOUND"), "infected", "whatever it is called");
	is_text(VERDICT("stream:  FOUND"), "failed", "but not nothing");
	is_text(VERDICT("INSTREAM size limit exceeded. ERROR"), "failed", "too large for clamd");
	is_text(detail, "INSTREAM size limit exceeded. ERROR", "is told");
	is_text(VERDICT("UNKNOWN COMMAND"), "failed", "another program");
	is_text(VERDICT("stream: x\n\x80 FOUND"), "infected", "bytes that are no text");
	is_text(detail, "x??", "are not repeated");
	memset(detail, 'x', sizeof(detail));
	{
		char		lengthy[900];

		memset(lengthy, 'y', sizeof(lengthy));
		is_text(verdict(lengthy, sizeof(lengthy)), "failed", "an answer without end");
		ok(strlen(detail) == CLAMD_DETAIL_MAX - 1, "is cut");
	}
	return done_testing();
}
