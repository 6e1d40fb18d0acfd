/*
 * content.c
 *		Mails whose text is made of data (see content.h).
 */
#include "content.h"

const VzMailContent *
vz_mail_content(const char *template)
{
	for (int i = 0; i < vz_nmail_contents; i++)
		if (strcmp(vz_mail_contents[i].template, template) == 0)
			return &vz_mail_contents[i];
	return NULL;
}
