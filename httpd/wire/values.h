/*
 * values.h
 *		Is a text a value of an SQL type? Pure.
 */
#ifndef VEZA_VALUES_H
#define VEZA_VALUES_H

#include <stdbool.h>
#include <stdint.h>

/* 8-4-4-4-12 hexadecimal digits, of either case. */
extern bool value_is_uuid(const char *text);

/* Decimal digits, perhaps behind a minus, from minimum (at most 0) to maximum. */
extern bool value_is_integer(const char *text, int64_t minimum, int64_t maximum);

/* Decimal digits with at most one point between them, perhaps behind a minus: at most 18 on each side. */
extern bool value_is_numeric(const char *text);

/* true, false, 1 or 0. */
extern bool value_is_bool(const char *text);

/* YYYY-MM-DD, a day that exists. */
extern bool value_is_date(const char *text);

/* RFC 3339: a date, T, a time, and Z or an offset. */
extern bool value_is_time(const char *text);

#endif							/* VEZA_VALUES_H */
