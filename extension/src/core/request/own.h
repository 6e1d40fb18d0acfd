/*
 * own.h
 *		What is somebody's own: one of the actor's rows by its id, or all of them in
 *		pages. A function's arguments go in, its answer comes out: the rows as JSON,
 *		or a refusal. Whoever is not logged in is refused; what belongs to somebody
 *		else does not exist.
 *
 *		static VzOwn own = VZ_OWN("distribution", "distribution_shape", "user_id", VZ_E_DISTRIBUTION_NOT_FOUND);
 */
#ifndef VEZA_OWN_H
#define VEZA_OWN_H

#include "../ground/query.h"
#include "../ground/refusal.h"

/* How one kind of thing is read by its owner. */
typedef struct VzOwn
{
	VzStmt		one;			/* owner, id */
	VzStmt		page;			/* owner, created_at and id of the last one seen, limit, offset: see page.h */
	VzStmt		count;			/* owner */
	VzError		not_found;
} VzOwn;

/* Rows of a table as its shape shows them, which has the columns id, created_at and the owner's; newest first. */
#define VZ_OWN(table, shape, owner, error) { \
	.one = VZ_STMT("select * from veza_data." shape " where " owner " = $1 and id = $2", UUIDOID, UUIDOID), \
	.page = VZ_STMT("select * from veza_data." shape \
					" where " owner " = $1 and ($2 is null or (created_at, id) < ($2, $3))" \
					" order by created_at desc, id desc limit $4 offset $5", \
					UUIDOID, TIMESTAMPTZOID, UUIDOID, INT4OID, INT4OID), \
	.count = VZ_STMT("select count(*) as n from veza_data." table " where " owner " = $1", UUIDOID), \
	.not_found = (error)}

/* Answers the actor's row whose id is the first argument; refused in the way of the lane. For a route of any lane. */
extern Datum vz_own_get(FunctionCallInfo fcinfo, VzOwn *own);

/* Answers a page of the actor's rows; the first three arguments are page, limit and cursor. */
extern Datum vz_own_list(FunctionCallInfo fcinfo, VzOwn *own);

/* Locks the actor's row whose id is the first argument, by a statement that takes owner and id; raises when there is none. */
extern void vz_own_lock(FunctionCallInfo fcinfo, VzStmt *lock, VzError not_found, VzRow *row);

#endif							/* VEZA_OWN_H */
