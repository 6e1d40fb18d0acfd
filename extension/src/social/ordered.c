/*
 * ordered.c
 *		Statements that walk an index in the order of their rows (see ordered.h).
 */
#include "../core/ground/compat.h"
#include "ordered.h"

#include "utils/guc.h"

int
vz_ordered_begin(void)
{
	int			level = NewGUCNestLevel();

	(void) set_config_option("enable_sort", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

void
vz_ordered_end(int level)
{
	AtEOXact_GUC(false, level);
}
