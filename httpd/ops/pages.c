/*
 * pages.c
 *		Static pages (see pages.h), built in from site/.
 *
 * The token of a mail stands in the page's address: it must not leak by a
 * Referer, a cache, a frame or a script of others. The page itself asks the
 * API, like any web app.
 */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

/* Puts a file into the program, between two symbols. */
#define EMBED(symbol, file) \
	__asm__(".pushsection .rodata\n" \
			#symbol ": .incbin \"ops/site/" file "\"\n" \
			#symbol "_end: .byte 0\n" \
			".popsection\n"); \
	extern const char symbol[] __attribute__((visibility("hidden"))); \
	extern const char symbol##_end[] __attribute__((visibility("hidden")))

EMBED(page_verify_email, "verify-email.html");
EMBED(page_reset_password, "reset-password.html");
EMBED(page_script, "account.js");
EMBED(page_style, "account.css");

#define HTML "text/html; charset=utf-8"

static const struct
{
	const char *path;
	const char *content_type;
	const char *text;
	const char *end;
}			pages[] = {
	{"/verify-email", HTML, page_verify_email, page_verify_email_end},
	{"/reset-password", HTML, page_reset_password, page_reset_password_end},
	{"/account.js", "text/javascript; charset=utf-8", page_script, page_script_end},
	{"/account.css", "text/css; charset=utf-8", page_style, page_style_end},
};

static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const char *
pages_find(const char *path)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(pages[i].path, path) == 0)
			return pages[i].path;
	return NULL;
}

Reply
pages_answer(const char *page)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (pages[i].path == page)
		{
			Reply		reply = {.status = 200, .content_type = pages[i].content_type};

			reply.length = (size_t) (pages[i].end - pages[i].text);
			if ((reply.body = malloc(reply.length)) == NULL)
				abort();
			memcpy(reply.body, pages[i].text, reply.length);
			reply_header(&reply, "Content-Security-Policy", policy);
			reply_header(&reply, "Cross-Origin-Opener-Policy", "same-origin");
			return reply;
		}
	abort();
}
