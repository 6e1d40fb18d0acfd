/*
 * password.h
 *		Password hashes: Argon2id, 19 MiB, 2 passes, PHC strings.
 */
#ifndef VEZA_PASSWORD_H
#define VEZA_PASSWORD_H

#include "../core/compat.h"

/* The PHC string of the password, in Unicode NFC. */
extern char *vz_password_hash(const char *password);

/* Is it the password? With hash NULL the same work is done and the answer is no. */
extern bool vz_password_verify(const char *hash, const char *password);

#endif							/* VEZA_PASSWORD_H */
