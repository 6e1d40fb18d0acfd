/*
 * account_end.h
 *		What is left of an account that ends.
 */
#ifndef VEZA_ACCOUNT_END_H
#define VEZA_ACCOUNT_END_H

#include "../core/ground/query.h"

/*
 * Takes from a locked account everything that says whose it was, and every
 * way in: the row stays, as deleted, for what refers to it. Username and
 * address are free again. A last mail goes to the address that identified it.
 */
extern void vz_user_anonymise(const pg_uuid_t *user_id);

#endif							/* VEZA_ACCOUNT_END_H */
