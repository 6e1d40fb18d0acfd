/*
 * genre.h
 *		Genres that tags give as numbers. Pure.
 */
#ifndef VEZA_PROBE_GENRE_H
#define VEZA_PROBE_GENRE_H

/* The genre of a number of ID3v1, 0 to 79; NULL for another. */
extern const char *genre_of_number(int number);

/* A genre as a text tag has it: "(17)", "17" and "(17)Rock" are Rock; anything else is as it stands. */
extern const char *genre_of_text(const char *text);

#endif							/* VEZA_PROBE_GENRE_H */
