/*
 * password.h
 *		Password hashes: Argon2id, 19 MiB, 2 passes, 1 lane, in PHC form.
 *
 * Every hash has a salt of its own. A name identifies one account at most, so
 * a login costs one hash, whoever has the name.
 */
#ifndef VEZA_PASSWORD_H
#define VEZA_PASSWORD_H

#include "../core/ground/refusal.h"

/* Returns the hash of a password, with a new salt and the present parameters. */
extern char *vz_password_hash(const char *password);

/* Returns what a password's hash would be with the salt and parameters of like; NULL stands for a hash of nobody. */
extern char *vz_password_rehash(const char *like, const char *password);

/* Compares two hashes in constant time; false when one is NULL. */
extern bool vz_password_equal(const char *a, const char *b);

/* Says whether the hash has weaker parameters than new ones get. */
extern bool vz_password_is_outdated(const char *hash);

/* Adds what is wrong with a new password to the refusal; about are names and addresses of the user (NULL: none). */
extern void vz_password_check(VzRefusal *wrong, const char *field, const char *password,
							  const char *const *about, int nabout);

#endif							/* VEZA_PASSWORD_H */
