/*
 * fill.h
 *		Templates of mails in the language of their reader, filled in.
 */
#ifndef VEZA_MAIL_FILL_H
#define VEZA_MAIL_FILL_H

#include "../core/ground/query.h"
#include "template.h"

/* Finds the template in the language, or in English: language, subject, body; there must be one. */
extern void vz_mail_find_template(const char *name, const char *language, VzRow *template);

/* Fills in a text of ours, palloc'd; a name without a value is our mistake. */
extern char *vz_mail_fill(const char *text, const VzTemplateValue *values, size_t nvalues);

#endif							/* VEZA_MAIL_FILL_H */
