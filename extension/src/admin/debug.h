/*
 * debug.h
 *		What looks into the running server have in common.
 */
#ifndef VEZA_DEBUG_H
#define VEZA_DEBUG_H

/* Demands an administrator, and records under this action that one looked; details is JSON or NULL. */
extern void vz_debug_begin(const char *action, const char *details);

#endif							/* VEZA_DEBUG_H */
