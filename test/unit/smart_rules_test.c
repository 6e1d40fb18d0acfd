/*
 * smart_rules_test.c
 *		The rules of smart playlists: what they are read as, what is wrong with
 *		them, and the SQL that they become.
 */
#include <stdlib.h>

#include "../../extension/src/playlist/smart_sql.h"
#include "../../extension/src/playlist/smart_time.h"
#include "tap.h"

static VzSmartNode nodes[VZ_SMART_NODES_MAX];
static VzSmartRules rules = {.nodes = nodes};
static VzSmartSql sql;
static char problems[8000];

/* note_problem writes a problem as a line. */
static void
note_problem(const char *path, const char *problem, void *state)
{
	size_t		used = strlen(problems);

	(void) state;
	snprintf(problems + used, sizeof(problems) - used, "%s%s %s", used ? "\n" : "", path, problem);
}

/* read_copy reads a document that stays as it is; what is read stays until the next call. */
static bool
read_copy(const char *document)
{
	static char *copy;

	free(copy);
	copy = strdup(document);
	problems[0] = '\0';
	return vz_smart_read(copy, &rules, note_problem, NULL);
}

/* becomes tests the SQL of a document. */
static void
becomes(const char *document, const char *wanted)
{
	ok(read_copy(document), "it is read: %s", document);
	is_text(problems, "", "without a problem");
	vz_smart_sql(&rules, &sql);
	is_text(sql.text, wanted, "and becomes SQL");
}

/* is_wrong tests the problems of a document. */
static void
is_wrong(const char *document, const char *wanted)
{
	ok(!read_copy(document), "it is refused: %s", document);
	is_text(problems, wanted, "and why");
}

/* test_sql tests what becomes of rules. */
static void
test_sql(void)
{
	becomes("{\"all\":[{\"field\":\"genre\",\"operator\":\"is\",\"value\":\"Rock'n\\u0027) or true --\"}]}",
			"(lower(t.genre) = $5[1])");
	is_text(sql.words[0]->words, "Rock'n') or true --", "what is compared with stands apart");
	becomes("{\"any\":[{\"field\":\"bpm\",\"operator\":\"in_the_range\",\"value\":[90,120]},"
			"{\"all\":[{\"value\":5,\"operator\":\"gt\",\"field\":\"plays\"},{\"field\":\"liked\",\"operator\":\"is\","
			"\"value\":false}]},"
			"{\"field\":\"title\",\"operator\":\"contains\",\"value\":\"x\"}], \"sort\":\"title\",\"limit\":7}",
			"(t.bpm between $6[1] and $6[2] or (t.play_count > $6[3] and "
			"not (t.id in (select l.track_id from veza_data.track_like l where l.user_id = $7))) or "
			"strpos(t.title_key collate \"C\", $5[1]) > 0)");
	ok(sql.nnumbers == 3 && sql.numbers[0] == 90 && sql.numbers[1] == 120 && sql.numbers[2] == 5 && sql.nwords == 1,
			"numbers, in their order");
	ok(strcmp(rules.sort, "title") == 0 && !rules.is_down && rules.limit == 7, "order and limit");
	becomes("{\"all\":[{\"field\":\"created_at\",\"operator\":\"in_the_range\",\"value\":[\"2024-02-29\",\"2024-02-29\"]}],"
			"\"order\":\"asc\"}",
			"(t.created_at between timestamptz 'epoch' + $6[1] * interval '1 microsecond' and "
			"timestamptz 'epoch' + $6[2] * interval '1 microsecond')");
	ok(sql.numbers[0] == INT64_C(1709164800000000) && sql.numbers[1] == INT64_C(1709251199999999), "a day that ends a range "
			"belongs to it");
	ok(strcmp(rules.sort, "created_at") == 0 && !rules.is_down && rules.limit == VZ_SMART_LIMIT_MAX, "without order and limit");
}

/* test_problems tests what is wrong with rules. */
static void
test_problems(void)
{
	is_wrong("[]", "rules must be an object with a list of conditions and groups");
	is_wrong("{\"all\":[", "rules must be an object with a list of conditions and groups");
	is_wrong("{}", "rules must have all or any, a list of conditions and groups");
	is_wrong("{\"all\":[],\"x\":1}", "rules.all must not be empty\nrules.x is not known here");
	is_wrong("{\"all\":{}}", "rules.all must be a list of conditions and groups");
	is_wrong("{\"all\":[1,{\"any\":[{}]}]}",
			 "rules.all[0] must be a condition or a group\nrules.all[1].any[0].field is required\n"
			 "rules.all[1].any[0].operator is required\nrules.all[1].any[0].value is required");
	is_wrong("{\"all\":[{\"field\":\"title\",\"operator\":\"gt\",\"value\":1},{\"field\":\"titel\",\"operator\":\"is\","
			"\"value\":\"\"}]}",
			 "rules.all[0].operator must be is, is_not, contains, not_contains, starts_with or "
			 "ends_with\nrules.all[1].field is not known here");
	is_wrong("{\"all\":[{\"field\":\"title\",\"operator\":\"is\",\"value\":\"\"},{\"field\":\"bpm\",\"operator\":\"is\","
			"\"value\":1.5},"
			 "{\"field\":\"bpm\",\"operator\":\"in_the_range\",\"value\":[2,1]},{\"field\":\"key\",\"operator\":\"is\","
			 "\"value\":\"H\"},"
			 "{\"field\":\"own\",\"operator\":\"is\",\"value\":1},{\"field\":\"uploader\",\"operator\":\"is\",\"value\":\"me\"},"
			 "{\"field\":\"created_at\",\"operator\":\"in_the_last\",\"value\":0},{\"field\":\"created_at\","
			 "\"operator\":\"after\",\"value\":\"2023-02-29\"}]}",
			 "rules.all[0].value must be a text\nrules.all[1].value must be a whole number from 1 to 1000\n"
			 "rules.all[2].value must be two whole numbers from 1 to 1000, the lesser one first\n"
			 "rules.all[3].value must be a word that this field can have\nrules.all[4].value must be true or false\n"
			 "rules.all[5].value must be the id of a user\nrules.all[6].value must be a number of days from 1 to 36500\n"
			 "rules.all[7].value must be a day or a time, as in 2025-01-31 or 2025-01-31T12:00:00Z");
	is_wrong("{\"all\":[{\"any\":[{\"field\":\"own\",\"operator\":\"is\",\"value\":true}],\"all\":[]},{\"field\":\"own\","
			"\"all\":[{\"x\":1}]}]}",
			 "rules.all[0].all must be the only thing that its group says\nrules.all[1].all[0].x is not known here\n"
			 "rules.all[1].all[0].field is required\nrules.all[1].all[0].operator is required\nrules.all[1].all[0].value is "
			 "required\n"
			 "rules.all[1].all must be the only thing that its group says");
	is_wrong("{\"any\":[{\"field\":\"own\",\"operator\":\"is\",\"value\":true}],\"sort\":\"t.id\",\"order\":1,\"limit\":10001}",
			 "rules.sort must be created_at, updated_at, title, artist, duration, plays, likes, popularity, bpm or random\n"
			 "rules.order must be asc or desc\nrules.limit must be a whole number from 1 to 10000");
}

/* nested makes a document of groups in groups. */
static char *
nested(int depth)
{
	static char document[4000];
	char	   *p = document;

	for (int i = 0; i < depth; i++)
		p = stpcpy(p, "{\"all\":[");
	p = stpcpy(p, "{\"field\":\"own\",\"operator\":\"is\",\"value\":true}");
	for (int i = 0; i < depth; i++)
		p = stpcpy(p, "]}");
	return document;
}

/* repeated makes a document of n conditions. */
static char *
repeated(int n, const char *condition)
{
	static char document[100000];
	char	   *p = stpcpy(document, "{\"any\":[");

	for (int i = 0; i < n; i++)
		p = stpcpy(stpcpy(p, i > 0 ? "," : ""), condition);
	stpcpy(p, "]}");
	return document;
}

/* test_bounds tests how large rules may be, and that the largest have room. */
static void
test_bounds(void)
{
	static const char followed[] = "{\"field\":\"followed\",\"operator\":\"is\",\"value\":false}";
	char	   *deep = nested(VZ_SMART_DEPTH_MAX);

	ok(read_copy(deep), "groups are so deep");
	ok(!read_copy(nested(VZ_SMART_DEPTH_MAX + 1)), "and no deeper");
	is_text(problems, "rules.all[0].all[0].all[0].all[0].all[0].all[0].all[0].all[0] is nested too deep", "which is told");
	ok(read_copy(repeated(VZ_SMART_CONDITIONS_MAX, followed)), "so many conditions");
	vz_smart_sql(&rules, &sql);
	ok(strlen(sql.text) < VZ_SMART_SQL_ROOM / 2, "have room");
	ok(!read_copy(repeated(VZ_SMART_CONDITIONS_MAX + 1, followed)), "and no more");
	is_text(problems, "rules.any[200] is one condition too many", "which is told");
	ok(!read_copy(repeated(VZ_SMART_NODES_MAX, "{\"all\":[]}")), "groups count, too");
	ok(strstr(problems, "rules.any[0].all must not be empty") != NULL, "when they are empty");
}

/* test_fields tests that each field has operators, each of which has its SQL. */
static void
test_fields(void)
{
	for (int i = 0; vz_smart_field_number(i) != NULL; i++)
	{
		const VzSmartField *f = vz_smart_field_number(i);
		int			n = 0;

		each(vz_smart_field(f->name) == f, "%s is found", f->name);
		for (int op = 0; op < VZ_SMART_NOPERATORS; op++)
		{
			const char *name = vz_smart_operator_name((VzSmartOperator) op);
			bool		has = vz_smart_template(f->kind, (VzSmartOperator) op) != NULL;

			n += has;
			each(vz_smart_operator(name) == (VzSmartOperator) op, "%s is found", name);
			each(!has || strstr(vz_smart_operators_problem(f->kind), name) != NULL, "%s %s is told", f->name, name);
		}
		each(n > 0, "%s has operators", f->name);
	}
	all("every field has its operators, and says so");
}

/* test_times tests days and times. */
static void
test_times(void)
{
	static const struct
	{
		const char *text;
		int64_t		seconds;	/* -1: it is none */
	}			times[] = {
		{"1970-01-01", 0}, {"2000-03-01", 951868800}, {"2025-01-31T12:00:00Z", 1738324800}, {"2025-01-31T12:00:00+02:00",
		1738317600},
		{"2025-01-31 12:00:00.5-01:30", 1738330200}, {"9998-12-31", INT64_C(253370678400)}, {"2025-02-29", -1}, {"2025-13-01",
		-1},
		{"2025-1-1", -1}, {"2025-01-31T12:00", -1}, {"2025-01-31T12:00:00", -1}, {"2025-01-31T24:00:00Z", -1}, {"2025-01-31x",
		-1},
		{"1969-12-31", -1}, {"", -1}, {"now", -1}, {"2025-01-31T12:00:00Zx", -1},
	};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
	{
		int64_t		us = -1;
		bool		is_day;
		bool		is_time = vz_smart_time(times[i].text, &us, &is_day);

		is_number(is_time ? us / 1000000 : -1, times[i].seconds, "'%s'", times[i].text);
	}
}

int
main(void)
{
	test_sql();
	test_problems();
	test_bounds();
	test_fields();
	test_times();
	return done_testing();
}
