/*
 * fields.h
 *	  Checks of request bodies against small tables of fields.
 */
#ifndef PSPSIM_FIELDS_H
#define PSPSIM_FIELDS_H

#include <jansson.h>
#include <stddef.h>

#include "refusal.h"

enum field_kind
{
	FIELD_STRING,				/* low..high characters */
	FIELD_ID,					/* 1..64 of A-Z a-z 0-9 _ - */
	FIELD_URL,					/* http or https, at most high characters */
	FIELD_WORD,					/* one of words */
	FIELD_BOOL,
	FIELD_INTEGER,				/* low..high */
	FIELD_OBJECT,
	FIELD_METADATA				/* an object within the published limits */
};

struct field
{
	const char *name;
	enum field_kind kind;
	json_int_t	low;
	json_int_t	high;
	const char *words;			/* separated and surrounded by one blank */
};

extern bool fields_check(const json_t *body, const struct field *fields,
						 size_t count, struct refusal *refusal);
extern bool word_in(const char *words, const char *word);
extern bool id_valid(const char *id);
extern const char *get_string(const json_t *object, const char *name,
							  const char *otherwise);
extern json_int_t get_integer(const json_t *object, const char *name,
							  json_int_t otherwise);
extern bool get_bool(const json_t *object, const char *name, bool otherwise);
extern void copy_text(char *out, size_t size, const char *text);

#endif
