/*
 * owner.c
 *		Running as the extension's owner, on a search_path that no caller has
 *		chosen (see owner.h).
 */
#include "owner.h"

#include "catalog/namespace.h"
#include "utils/guc.h"

void
vz_become_owner(VzCaller *caller)
{
	Oid			owner = get_role_oid("veza_owner", false);

	GetUserIdAndSecContext(&caller->user, &caller->sec_context);
	caller->guc_level = NewGUCNestLevel();
	(void) set_config_option("search_path", VZ_SEARCH_PATH, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	SetUserIdAndSecContext(owner, caller->sec_context | SECURITY_LOCAL_USERID_CHANGE);
}

void
vz_become_caller(const VzCaller *caller)
{
	SetUserIdAndSecContext(caller->user, caller->sec_context);
	AtEOXact_GUC(true, caller->guc_level);
}

/* The path of vz_search_path_add; empty otherwise. */
static char path_with_other[3 * NAMEDATALEN];

int
vz_search_path_add(const char *schema)
{
	int			guc_level = NewGUCNestLevel();

	snprintf(path_with_other, sizeof(path_with_other), "pg_catalog, %s, pg_temp", schema);
	(void) set_config_option("search_path", path_with_other, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return guc_level;
}

void
vz_search_path_reset(int guc_level)
{
	if (guc_level > 0)
		AtEOXact_GUC(true, guc_level);
	path_with_other[0] = '\0';
}

void
vz_require_search_path(void)
{
	if (strcmp(namespace_search_path, VZ_SEARCH_PATH) != 0 &&
		(path_with_other[0] == '\0' || strcmp(namespace_search_path, path_with_other) != 0))
		elog(ERROR, "SQL of the extension would run under the search_path \"%s\"", namespace_search_path);
}
