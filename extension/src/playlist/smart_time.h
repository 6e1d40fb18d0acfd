/*
 * smart_time.h
 *		Days and times in the rules of smart playlists. Pure: no server header.
 */
#ifndef VEZA_SMART_TIME_H
#define VEZA_SMART_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* Reads a day, or a day and a time with its offset, as µs since 1970; is_day says which it was. */
extern bool vz_smart_time(const char *text, int64_t *us, bool *is_day);

#endif							/* VEZA_SMART_TIME_H */
