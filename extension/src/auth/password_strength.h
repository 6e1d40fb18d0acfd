/*
 * password_strength.h
 *		How hard a password is to guess, by Debian's libzxcvbn; no server header.
 */
#ifndef VEZA_PASSWORD_STRENGTH_H
#define VEZA_PASSWORD_STRENGTH_H

#include <stddef.h>

/*
 * A password is judged by its first letters: the library's time grows with the
 * third power of their number (1 ms for these, 4 ms for 100).
 */
#define VZ_STRENGTH_BYTES	64

/*
 * What the library takes from malloc at most for so many bytes; it does not
 * look whether it got it.
 */
#define VZ_STRENGTH_MEMORY	(128 * 1024)

/*
 * Says why a password takes fewer than 2^bits guesses, in words for the user;
 * NULL: it takes as many. about are names and addresses of the user (NULL:
 * none), which must not be in it; their words are guessed first, as are those
 * of the product. With 0 bits every password is fine.
 */
extern const char *vz_password_weakness(const char *password, const char *const *about, size_t nabout, double bits);

#endif							/* VEZA_PASSWORD_STRENGTH_H */
