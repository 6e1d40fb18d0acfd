/*
 * language.h
 *		Which language a client reads. Pure.
 */
#ifndef VEZA_LANGUAGE_H
#define VEZA_LANGUAGE_H

#include <stddef.h>

/*
 * Chooses by Accept-Language (RFC 9110 12.5.4) among the known languages, a
 * list that ends with NULL and begins with the one that is taken when nothing
 * fits. Only primary subtags count: fr-CA reads fr. accept may be NULL.
 */
extern const char *language_choose(const char *accept, size_t len, const char *const *known);

#endif							/* VEZA_LANGUAGE_H */
