/*
 * address.h
 *		Whose account an e-mail address means.
 *
 * An address identifies one account at most: the one that has confirmed it;
 * while nobody has, the one that registered with it when nobody else claimed
 * it. Further claims identify nobody and change nothing for the others: their
 * accounts are known by username until they confirm the address.
 */
#ifndef VEZA_ADDRESS_H
#define VEZA_ADDRESS_H

#include "../core/ground/query.h"

/* Finds the account that an address (lower case) identifies; the same work whether there is one or not. */
extern bool vz_address_find(const char *address, pg_uuid_t *user_id);

/* The address that identifies the account; NULL when none does. */
extern char *vz_address_of(const pg_uuid_t *user_id);

/*
 * Notes that a locked account names an address that it has not confirmed.
 * Only one that is the account's own (is_own), and no wish for a change, may
 * come to identify it. Newer claims crowd out older ones, but never the first.
 */
extern void vz_address_claim(const pg_uuid_t *user_id, const char *address, bool is_own);

/*
 * Opens the claim of an account to an address again that newer ones have
 * crowded out; it ends when it would have ended. False when the account does
 * not claim the address. purpose gets that of the mail that confirms it.
 */
extern bool vz_address_reopen(const pg_uuid_t *user_id, const char *address, const char **purpose);

/* Ends the claims of a locked account to what it has confirmed, or names no longer. */
extern void vz_address_settle(const pg_uuid_t *user_id);

/* Ends everybody's claims to an address that this locked account has confirmed, without touching their accounts. */
extern void vz_address_take(const pg_uuid_t *owner, const char *address);

/* Takes addresses that were not confirmed in time off their accounts, 500 at a time; returns how many. */
extern int64 vz_job_end_claims(void);

#endif							/* VEZA_ADDRESS_H */
