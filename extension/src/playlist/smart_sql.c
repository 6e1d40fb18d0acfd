/*
 * smart_sql.c
 *		The rules of smart playlists as SQL (see smart_sql.h).
 */
#include "smart_sql.h"

#include <stdio.h>
#include <string.h>

/* put_condition writes a condition: its template, with the column and the places of its values put in. */
static char *
put_condition(VzSmartSql *sql, const VzSmartNode *node, char *out)
{
	const VzSmartField *field = node->field;
	bool		has_words = node->words != NULL;
	int			place;

	if (field->kind == VZ_SMART_TRUTH)
		return stpcpy(stpcpy(stpcpy(out, node->number ? "(" : "not ("), field->column), ")");
	if (has_words)
		sql->words[sql->nwords++] = node;
	else
		sql->numbers[sql->nnumbers++] = node->number;
	place = has_words ? sql->nwords : sql->nnumbers;
	for (const char *t = vz_smart_template(field->kind, node->op); *t != '\0'; t++)
	{
		if (*t == '#')
			out = stpcpy(out, field->column);
		else if (*t == '?')
			out += snprintf(out, 16, has_words ? VZ_SMART_WORDS_ARG "[%d]" : VZ_SMART_NUMBERS_ARG "[%d]", place);
		else if (*t == '%')
		{
			sql->numbers[sql->nnumbers++] = node->most;
			out += snprintf(out, 16, VZ_SMART_NUMBERS_ARG "[%d]", place + 1);
		}
		else
			*out++ = *t;
	}
	*out = '\0';
	return out;
}

/* put_node writes a group or a condition, and returns the node behind it. Groups are as deep as VZ_SMART_DEPTH_MAX. */
static int
put_node(const VzSmartRules *rules, int number, VzSmartSql *sql, char **out)
{
	const VzSmartNode *node = &rules->nodes[number];
	int			first = number + 1;

	if (!node->is_group)
	{
		*out = put_condition(sql, node, *out);
		return first;
	}
	*out = stpcpy(*out, "(");
	for (int i = first; i < node->end;)
	{
		if (i > first)
			*out = stpcpy(*out, node->is_any ? " or " : " and ");
		i = put_node(rules, i, sql, out);
	}
	*out = stpcpy(*out, ")");
	return node->end;
}

void
vz_smart_sql(const VzSmartRules *rules, VzSmartSql *sql)
{
	char	   *out = sql->text;

	sql->nwords = sql->nnumbers = 0;
	put_node(rules, 0, sql, &out);
}
