/*
 * blocklist.h
 *		Passwords that are guessed first. Pure.
 */
#ifndef VEZA_BLOCKLIST_H
#define VEZA_BLOCKLIST_H

#include <stdbool.h>

/*
 * Says whether a password is, without regard to case and to digits and signs
 * at its ends, one of the words of cracklib's list, or one of the passwords
 * that are used most.
 */
extern bool vz_password_is_common(const char *password);

/*
 * Says whether a password contains a word about its user (a name, or an
 * address up to its @) of at least 4 characters, without regard to case.
 */
extern bool vz_password_is_about(const char *password, const char *word);

#endif							/* VEZA_BLOCKLIST_H */
