/*
 * file_text.h
 *		What the formats of playlists share: trimming, numbers, and writing text
 *		in which nothing of the format's own can stand. Pure: no server header.
 */
#ifndef VEZA_FILE_TEXT_H
#define VEZA_FILE_TEXT_H

#include <stdint.h>

#include "playlist_file.h"

/* Behind the byte order mark with which a text may begin. */
extern const char *vz_file_start(const char *text);

/* Cuts blanks off both ends, in place; NULL when nothing remains. */
extern char *vz_file_trim(char *text);

/* Reads a number of so many ms in decimal, with a fraction or without; -1: it is none, or negative, or beyond any track. */
extern int64_t vz_file_duration(const char *text, int64_t unit_ms);

/* Counts the track and shows it. */
extern VzFileProblem vz_file_visit(VzFileReading *reading, const VzFileTrack *track);

/* Each of these writes a text and returns its end: on one line; as characters of XML; as a text of JSON with its quotes. */
extern char *vz_put_line(char *out, const char *text);
extern char *vz_put_xml(char *out, const char *text);
extern char *vz_put_json(char *out, const char *text);

/* Writes a number. */
extern char *vz_put_number(char *out, int64_t n);

#endif							/* VEZA_FILE_TEXT_H */
