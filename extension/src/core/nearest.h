/*
 * nearest.h
 *		The known word that a wrong one was probably meant to be: two words go
 *		in, their distance comes out. Pure: no server header.
 */
#ifndef VEZA_NEAREST_H
#define VEZA_NEAREST_H

#define VZ_NEAREST_MAX 64		/* longer words are near to nothing */

/* How many letters have to be added, removed or replaced to turn one word into the other. */
extern int	vz_word_distance(const char *a, const char *b);

/* Says whether a word at that distance is near enough to be named. */
extern int	vz_is_near(const char *word, int distance);

#endif							/* VEZA_NEAREST_H */
