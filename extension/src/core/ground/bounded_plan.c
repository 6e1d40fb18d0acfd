/*
 * bounded_plan.c
 *		How statements over bounded rows are planned (see bounded_plan.h).
 */
#include "compat.h"

#include "utils/guc.h"

#include "bounded_plan.h"

int
vz_plan_bounded(void)
{
	static const char *const settings[][2] = {
		{"enable_seqscan", "off"}, {"enable_hashjoin", "off"}, {"enable_mergejoin", "off"}, {"work_mem", "32MB"},
		{"max_parallel_workers_per_gather", "0"},
	};
	int			level = NewGUCNestLevel();

	for (int i = 0; i < (int) lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	return level;
}

void
vz_plan_as_before(int level)
{
	AtEOXact_GUC(false, level);
}
