/*
 * owner.h
 *		Running as the extension's owner, on a search_path that no caller has chosen.
 *
 * A SECURITY DEFINER function gets both from its declaration. A procedure that
 * commits can have neither there, and switches by hand around each phase. The
 * two go together: under the caller's path a type named in a statement may be
 * a domain of the caller's, whose CHECK then runs as the owner.
 */
#ifndef VEZA_OWNER_H
#define VEZA_OWNER_H

#include "compat.h"

/* The path of every SECURITY DEFINER function; test/pgtap/00_catalogue.sql holds them to it. */
#define VZ_SEARCH_PATH "pg_catalog, pg_temp"

/* Who is to be the user again, and with which settings. */
typedef struct VzCaller
{
	Oid			user;
	int			sec_context;
	int			guc_level;
} VzCaller;

/*
 * Becomes veza_owner on the fixed path, and the caller again. An error between
 * the two needs nothing: the end of its transaction or savepoint restores both.
 */
extern void vz_become_owner(VzCaller *caller);
extern void vz_become_caller(const VzCaller *caller);

/*
 * Puts the schema of another extension (its name, quoted) behind pg_catalog,
 * whose functions a DBA has put where no statement of ours can name them.
 * vz_search_path_reset takes it away again; after an error, which has restored
 * the path, with a level of 0.
 */
extern int	vz_search_path_add(const char *schema);
extern void vz_search_path_reset(int guc_level);

/*
 * Raises an internal error unless the path is the fixed one, or that of
 * vz_search_path_add: SQL of ours is never read under another.
 */
extern void vz_require_search_path(void);

#endif							/* VEZA_OWNER_H */
