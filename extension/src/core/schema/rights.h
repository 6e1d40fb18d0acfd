/*
 * rights.h
 *		What others have granted on our views and functions outlives that we
 *		make them anew: rights are noted before, and given back afterwards.
 */
#ifndef VEZA_RIGHTS_H
#define VEZA_RIGHTS_H

#include "../ground/query.h"

/* The statements that bring back what somebody granted on the managed views, or took of their rights, since they were made. */
extern VzRows vz_rights_on_views(void);

/* Runs them, as far as the views and the roles are there. */
extern void vz_rights_restore(const VzRows *statements);

/* Gives back what ALTER EXTENSION ... UPDATE kept of the rights on members (veza.kept_grant). */
extern void vz_rights_give_back(void);

/* Says whether there is something to give back. */
extern bool vz_rights_are_due(void);

#endif							/* VEZA_RIGHTS_H */
