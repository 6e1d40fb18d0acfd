/*
 * acting.h
 *		veza.act_as: whom a DBA's psql session acts as, from one statement to
 *		the next. The rights are read anew for each of them.
 */
#ifndef VEZA_ACTING_H
#define VEZA_ACTING_H

#include "../ground/query.h"
#include "../ground/actor.h"

/* Reads the role again of whom the session acts as: a DBA acts with the user's present rights. */
extern void vz_acting_refresh(void);

/*
 * Finds an account by its username, in any case, or its id: user_id, username,
 * effective role, status. False when there is none.
 */
extern bool vz_account_find(const char *name_or_id, VzRow *row);

/* Asks to be told of the end of each transaction, to undo an act_as that is rolled back; once per backend. */
extern void vz_acting_init(void);

#endif							/* VEZA_ACTING_H */
