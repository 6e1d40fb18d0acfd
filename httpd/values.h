/*
 * values.h
 *		Is a text a value of an SQL type? Pure.
 */
#ifndef VEZA_VALUES_H
#define VEZA_VALUES_H

#include <stdbool.h>
#include <stdint.h>

extern bool value_is_uuid(const char *text);
extern bool value_is_integer(const char *text, int64_t minimum, int64_t maximum);
extern bool value_is_numeric(const char *text);
extern bool value_is_bool(const char *text);

/* YYYY-MM-DD, a day that exists. */
extern bool value_is_date(const char *text);

/* RFC 3339: a date, T, a time, and Z or an offset. */
extern bool value_is_time(const char *text);

#endif							/* VEZA_VALUES_H */
