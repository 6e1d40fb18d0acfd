/*
 * audit.h
 *		The append-only audit log: an entry goes in, with who acts and in which
 *		request added here. Rows are written in the transaction they describe.
 */
#ifndef VEZA_AUDIT_H
#define VEZA_AUDIT_H

#include "compat.h"

typedef struct VzAudit
{
	const char *action;			/* "user.login", "dba.act_as": domain, dot, verb */
	const char *outcome;		/* NULL: "success" */
	const char *resource_type;
	const char *resource_id;
	const char *reason;
	const char *old_values;		/* jsonb text; never a secret */
	const char *new_values;
	const char *details;
	const char *address;		/* NULL: that of the request */
} VzAudit;

/* Appends one row; actor, session, address, agent and request id come from the request. */
extern void vz_audit(const VzAudit *entry);

#endif							/* VEZA_AUDIT_H */
