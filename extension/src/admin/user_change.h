/*
 * user_change.h
 *		What administrators may change about an account.
 */
#ifndef VEZA_USER_CHANGE_H
#define VEZA_USER_CHANGE_H

#include "../core/ground/query.h"

/* What is wished; NULL and -1 leave it as it is. */
typedef struct VzUserChange
{
	const char *role;
	const char *status;			/* active or suspended */
	int			is_verified;
	const char *reason;			/* for the audit log; may be NULL */
} VzUserChange;

/* Locks all active administrators, in the order of their ids, before any other user; returns them. */
extern VzRows vz_admins_lock(void);

/*
 * Changes an account whose row vz_user_lock has read, and
 * which no rule forbids to change: writes the row, ends tokens and sessions,
 * writes the audit log, tells the user. False when nothing changes.
 */
extern bool vz_user_change(const VzRow *target, const VzUserChange *change);

/* Locks and reads an account that is not deleted; else USER_NOT_FOUND. */
extern void vz_user_lock(const pg_uuid_t *id, VzRow *target);

/* The account as administrators see it, with its version as the ETag. */
extern Datum vz_user_answer(const pg_uuid_t *id);

#endif							/* VEZA_USER_CHANGE_H */
