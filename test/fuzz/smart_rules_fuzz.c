/*
 * smart_rules_fuzz.c
 *		Rules of smart playlists: what they become depends on how they are built,
 *		never on what they compare with.
 */
#include "../../extension/src/playlist/smart_sql.h"
#include "fuzz.h"

static int	told;

/* count_problem counts a problem, and reads what is told of it. */
static void
count_problem(const char *path, const char *problem, void *state)
{
	(void) state;
	promise(strncmp(path, "rules", 5) == 0 && strlen(problem) > 0);
	told++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static VzSmartNode nodes[VZ_SMART_NODES_MAX];
	static VzSmartSql sql;
	static char first[VZ_SMART_SQL_ROOM];
	VzSmartRules rules = {.nodes = nodes};
	char	   *text = text_of(data, size);
	bool		is_good;

	told = 0;
	is_good = vz_smart_read(text, &rules, count_problem, NULL);
	promise(is_good == (told == 0));
	promise(told <= VZ_SMART_PROBLEMS_MAX && rules.nnodes <= VZ_SMART_NODES_MAX);
	if (is_good)
	{
		promise(rules.nconditions >= 1 && rules.nconditions <= VZ_SMART_CONDITIONS_MAX && rules.nodes[0].end == rules.nnodes);
		promise(rules.limit >= 1 && rules.limit <= VZ_SMART_LIMIT_MAX);
		vz_smart_sql(&rules, &sql);
		promise(strlen(sql.text) < VZ_SMART_SQL_ROOM);
		memcpy(first, sql.text, strlen(sql.text) + 1);
		for (int i = 0; i < rules.nnodes; i++)
		{
			if (nodes[i].words != NULL)
				nodes[i].words = "'); drop table x; --";
			else if (!nodes[i].is_group && nodes[i].field->kind != VZ_SMART_TRUTH)
				nodes[i].number = nodes[i].most = 42;
		}
		vz_smart_sql(&rules, &sql);
		promise(strcmp(first, sql.text) == 0);
		promise(strchr(sql.text, ';') == NULL && strstr(sql.text, "--") == NULL);
	}
	free(text);
	return 0;
}
