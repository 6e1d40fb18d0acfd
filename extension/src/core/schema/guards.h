/*
 * guards.h
 *		What has to be there besides rows: guard triggers, indexes, tables, and
 *		their owner. The migrations say what, veza.migrate() mends, veza.audit
 *		reports.
 */
#ifndef VEZA_GUARDS_H
#define VEZA_GUARDS_H

#include "../ground/compat.h"

/* Raises when tables belong to somebody else than veza_owner: nothing of ours works then. */
extern void vz_require_own_tables(void);

/* Notes in veza_data.guard what the migrations of this version have made and not dropped again. */
extern void vz_guards_learn(void);

/* Makes guard triggers anew that are missing, disabled or altered; returns their number. */
extern int64 vz_guards_restore(void);

#endif							/* VEZA_GUARDS_H */
