/*
 * json_writer.h
 *		Writing one JSON document into memory. Pure.
 *
 * Members follow each other; commas are put in by themselves.
 */
#ifndef VEZA_PROBE_JSON_WRITER_H
#define VEZA_PROBE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Json
{
	char	   *text;			/* NULL when nothing was written; json_put_free frees it */
	size_t		len;
	size_t		room;
	bool		is_broken;		/* there was no memory: the document is worth nothing */
} Json;

/*
 * Opens and closes an object or an array, by its bracket; name is the member's, or NULL for a value of an array,
 * and for the document.
 */
extern void json_put_open(Json *json, const char *name, char bracket);
extern void json_put_close(Json *json, char bracket);

/* A member, or a value when name is NULL. A text is UTF-8, and null when it is NULL. */
extern void json_put_text(Json *json, const char *name, const char *text);
extern void json_put_whole(Json *json, const char *name, int64_t value);
extern void json_put_truth(Json *json, const char *name, bool value);

/* A number with so many places behind the point; null when it is not finite. */
extern void json_put_number(Json *json, const char *name, double value, int places);
extern void json_put_null(Json *json, const char *name);

/* Frees the document. */
extern void json_put_free(Json *json);

#endif							/* VEZA_PROBE_JSON_WRITER_H */
