/*
 * translation.h
 *		Sentences to the user that are data of an answer, in the caller's
 *		language. Refusals are translated by veza-httpd, from the same table.
 */
#ifndef VEZA_TRANSLATION_H
#define VEZA_TRANSLATION_H

#include "compat.h"

/* The sentence in the caller's language, or the English one; palloc'd or the argument itself. */
extern const char *vz_translate(const char *english);

/* The answer {"message": ...}: a word to the user. */
extern Datum vz_message_answer(const char *english);

#endif							/* VEZA_TRANSLATION_H */
