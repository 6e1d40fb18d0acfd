/*
 * acting.h
 *		A DBA's psql session that acts as a user.
 */
#ifndef VEZA_ACTING_H
#define VEZA_ACTING_H

#include "request.h"

/* The user this session acts as, or NULL. */
extern const VzActor *vz_acting_actor(void);

/* Reads that user's role again: a DBA acts with the user's present rights. */
extern void vz_acting_refresh(void);

/* Asks to be told of the end of each transaction, to undo an act_as that is rolled back; once per backend. */
extern void vz_acting_init(void);

#endif							/* VEZA_ACTING_H */
