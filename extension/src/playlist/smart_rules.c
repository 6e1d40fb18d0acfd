/*
 * smart_rules.c
 *		The rules of smart playlists (see smart_rules.h); no server header.
 *
 * The document is read in one go. What is wrong with a member is told, and
 * reading goes on; what is no JSON ends it. Groups are bounded in depth before
 * they are read.
 */
#include "smart_rules.h"

#include <stdio.h>
#include <string.h>

#include "smart_value.h"

#define ONLY_THING "must be the only thing that its group says"
#define PATH_SIZE sizeof(((VzSmartNode *) NULL)->path)

const char *const vz_smart_sorts[] = {
	"created_at", "updated_at", "title", "artist", "duration", "plays", "likes", "popularity", "bpm", "random", NULL
};

typedef struct Reader
{
	VzScan		scan;
	VzSmartRules *rules;
	VzSmartComplaint complain;
	void	   *state;
	int			nproblems;
	bool		has_order;
} Reader;

/* What an object that is a group or a condition has said so far. */
typedef struct Item
{
	const char *path;
	int			depth;			/* of groups around and with it */
	VzSmartNode *node;
	bool		has_group;
	bool		has_field;
	bool		has_operator;
	bool		has_value;
	bool		is_bad;			/* the field or the operator is */
	VzSmartValue value;
} Item;

static bool read_item(Reader *r, const char *path, int depth);

/* complain_of tells a problem with a member of what has this path; false, for who returns it. */
static bool
complain_of(Reader *r, const char *path, const char *member, const char *problem)
{
	char		whole[PATH_SIZE + VZ_SCAN_NAME + 2];

	if (r->nproblems++ < VZ_SMART_PROBLEMS_MAX)
	{
		snprintf(whole, sizeof(whole), "%s%s%s", path, *member ? "." : "", member);
		r->complain(whole, problem, r->state);
	}
	return false;
}

/* add_node begins a group or a condition; NULL when there are too many. */
static VzSmartNode *
add_node(Reader *r, const char *path)
{
	VzSmartNode *node;

	if (r->rules->nnodes == VZ_SMART_NODES_MAX)
	{
		complain_of(r, path, "", "is one group or condition too many");
		return NULL;
	}
	node = &r->rules->nodes[r->rules->nnodes++];
	memset(node, 0, sizeof(*node));
	snprintf(node->path, PATH_SIZE, "%s", path);
	return node;
}

/* read_group reads what is in a group. */
static bool
read_group(Reader *r, Item *item, const char *name)
{
	VzScan	   *s = &r->scan;
	char		path[PATH_SIZE];
	int			n = 0;

	if (item->has_group)
	{
		complain_of(r, item->path, name, ONLY_THING);
		return vz_scan_value(s);
	}
	item->has_group = true;
	item->node->is_group = true;
	item->node->is_any = strcmp(name, "any") == 0;
	if (item->depth > VZ_SMART_DEPTH_MAX)
	{
		complain_of(r, item->path, "", "is nested too deep");
		return vz_scan_value(s);
	}
	if (!vz_scan_take(s, '['))
	{
		complain_of(r, item->path, name, "must be a list of conditions and groups");
		return vz_scan_value(s);
	}
	s->depth++;
	vz_scan_blanks(s);
	if (vz_scan_take(s, ']'))
		complain_of(r, item->path, name, "must not be empty");
	else
	{
		do
		{
			vz_scan_blanks(s);
			snprintf(path, sizeof(path), "%s.%s[%d]", item->path, name, n++);
			if (!read_item(r, path, item->depth))
				return false;
			vz_scan_blanks(s);
		} while (vz_scan_take(s, ','));
		if (!vz_scan_take(s, ']'))
			return false;
	}
	s->depth--;
	item->node->end = r->rules->nnodes;
	return true;
}

/* read_word reads a text that names something; anything else is NULL. */
static bool
read_word(Reader *r, const char **word)
{
	VzSmartValue value;

	if (!vz_smart_value_take(&r->scan, &value))
		return false;
	*word = value.kind == VZ_SMART_VALUE_WORDS ? value.words : NULL;
	return true;
}

/* read_item_member reads a member of a group or a condition. */
static bool
read_item_member(Reader *r, Item *item, const char *name)
{
	const char *word;

	if (strcmp(name, "all") == 0 || strcmp(name, "any") == 0)
		return read_group(r, item, name);
	if (strcmp(name, "field") == 0)
	{
		item->has_field = true;
		if (!read_word(r, &word))
			return false;
		item->node->field = word ? vz_smart_field(word) : NULL;
		if (item->node->field == NULL)
			item->is_bad = !complain_of(r, item->path, name, "is not known here");
		return true;
	}
	if (strcmp(name, "operator") == 0)
	{
		item->has_operator = true;
		if (!read_word(r, &word))
			return false;
		item->node->op = word ? vz_smart_operator(word) : VZ_SMART_NOPERATORS;
		return true;
	}
	if (strcmp(name, "value") == 0)
	{
		item->has_value = true;
		return vz_smart_value_take(&r->scan, &item->value);
	}
	complain_of(r, item->path, name, "is not known here");
	return vz_scan_value(&r->scan);
}

/* judge_condition judges a condition when it is whole. */
static void
judge_condition(Reader *r, Item *item)
{
	VzSmartNode *node = item->node;
	char		problem[VZ_SMART_PROBLEM_SIZE];

	if (!item->has_field)
		item->is_bad = !complain_of(r, item->path, "field", "is required");
	if (!item->has_operator)
		item->is_bad = !complain_of(r, item->path, "operator", "is required");
	if (!item->has_value)
		item->is_bad = !complain_of(r, item->path, "value", "is required");
	if (++r->rules->nconditions == VZ_SMART_CONDITIONS_MAX + 1)
		complain_of(r, item->path, "", "is one condition too many");
	if (item->is_bad)
		return;
	if (node->op == VZ_SMART_NOPERATORS || vz_smart_template(node->field->kind, node->op) == NULL)
		complain_of(r, item->path, "operator", vz_smart_operators_problem(node->field->kind));
	else if (!vz_smart_value_give(&item->value, node, problem))
		complain_of(r, item->path, "value", problem);
}

/* read_item reads a group or a condition; depth is that of the groups around it. */
static bool
read_item(Reader *r, const char *path, int depth)
{
	VzScan	   *s = &r->scan;
	Item		item = {.path = path, .depth = depth + 1};
	char		name[VZ_SCAN_NAME];

	if (!vz_scan_at(s, "{"))
	{
		if (!vz_scan_value(s))
			return false;
		complain_of(r, path, "", "must be a condition or a group");
		return true;
	}
	if ((item.node = add_node(r, path)) == NULL)
		return vz_scan_value(s);
	s->p++;
	s->depth++;
	vz_scan_blanks(s);
	if (!vz_scan_take(s, '}'))
	{
		do
		{
			vz_scan_blanks(s);
			if (!vz_scan_name(s, name))
				return false;
			vz_scan_blanks(s);
			if (!read_item_member(r, &item, name))
				return false;
			vz_scan_blanks(s);
		} while (vz_scan_take(s, ','));
		if (!vz_scan_take(s, '}'))
			return false;
	}
	s->depth--;
	if (!item.has_group)
		judge_condition(r, &item);
	else if (item.has_field || item.has_operator || item.has_value)
		complain_of(r, path, item.node->is_any ? "any" : "all", ONLY_THING);
	return true;
}

/* read_rules_sort reads what the playlist is sorted by. */
static bool
read_rules_sort(Reader *r)
{
	const char *word;
	int			i = 0;

	if (!read_word(r, &word))
		return false;
	while (word != NULL && vz_smart_sorts[i] != NULL && strcmp(vz_smart_sorts[i], word) != 0)
		i++;
	if (word == NULL || vz_smart_sorts[i] == NULL)
		complain_of(r, "rules", "sort",
					"must be created_at, updated_at, title, artist, duration, plays, likes, popularity, bpm or random");
	else
		r->rules->sort_number = i;
	return true;
}

/* read_rules_order reads which way it is sorted. */
static bool
read_rules_order(Reader *r)
{
	const char *word;

	if (!read_word(r, &word))
		return false;
	r->has_order = true;
	r->rules->is_down = word != NULL && strcmp(word, "desc") == 0;
	if (word == NULL || (!r->rules->is_down && strcmp(word, "asc") != 0))
		complain_of(r, "rules", "order", "must be asc or desc");
	return true;
}

/* read_limit reads how many tracks it has at most. */
static bool
read_limit(Reader *r)
{
	VzSmartValue value;
	char		problem[VZ_SMART_PROBLEM_SIZE];

	if (!vz_smart_value_take(&r->scan, &value))
		return false;
	if (value.kind != VZ_SMART_VALUE_WHOLE || value.number < 1 || value.number > VZ_SMART_LIMIT_MAX)
	{
		snprintf(problem, sizeof(problem), "must be a whole number from %d to %d", 1, VZ_SMART_LIMIT_MAX);
		complain_of(r, "rules", "limit", problem);
	}
	else
		r->rules->limit = (int) value.number;
	return true;
}

/* read_root_member reads a member of the document. */
static bool
read_root_member(Reader *r, Item *root, const char *name)
{
	if (strcmp(name, "sort") == 0)
		return read_rules_sort(r);
	if (strcmp(name, "order") == 0)
		return read_rules_order(r);
	if (strcmp(name, "limit") == 0)
		return read_limit(r);
	if (strcmp(name, "all") == 0 || strcmp(name, "any") == 0)
		return read_group(r, root, name);
	complain_of(r, "rules", name, "is not known here");
	return vz_scan_value(&r->scan);
}

/* read_root reads the document. */
static bool
read_root(Reader *r)
{
	VzScan	   *s = &r->scan;
	Item		root = {.path = "rules", .depth = 1, .node = add_node(r, "rules")};
	char		name[VZ_SCAN_NAME];

	vz_scan_blanks(s);
	if (!vz_scan_take(s, '{'))
		return false;
	vz_scan_blanks(s);
	if (!vz_scan_take(s, '}'))
	{
		do
		{
			vz_scan_blanks(s);
			if (!vz_scan_name(s, name))
				return false;
			vz_scan_blanks(s);
			if (!read_root_member(r, &root, name))
				return false;
			vz_scan_blanks(s);
		} while (vz_scan_take(s, ','));
		if (!vz_scan_take(s, '}'))
			return false;
	}
	if (!root.has_group)
		complain_of(r, "rules", "", "must have all or any, a list of conditions and groups");
	vz_scan_blanks(s);
	return s->p == s->end;
}

bool
vz_smart_read(char *text, VzSmartRules *rules, VzSmartComplaint complain, void *state)
{
	Reader		r = {.scan = {.p = text, .end = text + strlen(text)}, .rules = rules, .complain = complain, .state = state};

	rules->nnodes = rules->nconditions = rules->sort_number = 0;
	rules->is_down = false;
	rules->limit = VZ_SMART_LIMIT_MAX;
	if (!read_root(&r))
		complain_of(&r, "rules", "", "must be an object with a list of conditions and groups");
	rules->sort = vz_smart_sorts[rules->sort_number];
	/* Words begin at the beginning of the alphabet; everything else with what is newest, or most. */
	if (!r.has_order)
		rules->is_down = strcmp(rules->sort, "title") != 0 && strcmp(rules->sort, "artist") != 0 &&
			strcmp(rules->sort, "random") != 0;
	return r.nproblems == 0;
}
