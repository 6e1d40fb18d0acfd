/*
 * validators.h
 *		What a username, an e-mail address and a password look like. Pure.
 */
#ifndef VEZA_VALIDATORS_H
#define VEZA_VALIDATORS_H

#include <stddef.h>

#define VZ_PASSWORD_MIN_CHARS	8
#define VZ_PASSWORD_MAX_CHARS	128
#define VZ_PASSWORD_MAX_BYTES	1024

/* Each returns NULL when the value is fine, else what is wrong with it, as in "must be ...". */
extern const char *vz_username_problem(const char *username);
extern const char *vz_email_problem(const char *email);

/* chars is the number of characters, which depends on the encoding. */
extern const char *vz_password_problem(size_t bytes, size_t chars);

#endif							/* VEZA_VALIDATORS_H */
