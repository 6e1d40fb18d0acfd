/*
 * content.h
 *		Mails whose text is made of data: what a template calls {{content}}.
 *
 * Other mails fit into a few values. A domain that has more to say registers a
 * function (registry.c), which is asked when the mail is composed, so that it
 * says how things stand then. Such a mail is no answer to anybody, and is sent
 * once at most: one that may have left is not sent again.
 */
#ifndef VEZA_MAIL_CONTENT_H
#define VEZA_MAIL_CONTENT_H

#include "../core/ground/query.h"

typedef struct VzMailContent
{
	const char *template;

	/* The text, filled in by vz_mail_fill, or NULL when there is nothing to say; data is that of the mail, jsonb. */
	char	   *(*text) (const pg_uuid_t *user_id, const char *language, Datum data);
} VzMailContent;

extern const VzMailContent vz_mail_contents[];
extern const int vz_nmail_contents;

/* The content of the mails of this template; NULL: they have none. */
extern const VzMailContent *vz_mail_content(const char *template);

#endif							/* VEZA_MAIL_CONTENT_H */
