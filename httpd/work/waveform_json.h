/*
 * waveform_json.h
 *		Peaks as JSON: a file in audiowaveform's binary format, version 2, goes in,
 *		the same in its JSON format comes out. Pure, but for memory.
 */
#ifndef VEZA_WAVEFORM_JSON_H
#define VEZA_WAVEFORM_JSON_H

#include <stddef.h>

/* The JSON, malloc'd, and its length; NULL when the bytes are no such file with points of 8 bits. */
extern char *waveform_json(const void *bytes, size_t len, size_t *json_len);

#endif							/* VEZA_WAVEFORM_JSON_H */
