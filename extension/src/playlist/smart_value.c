/*
 * smart_value.c
 *		The values in the rules of smart playlists (see smart_value.h).
 */
#include "smart_value.h"

#include <stdio.h>
#include <string.h>

#include "../core/ground/token.h"
#include "smart_time.h"

#define DAYS_MAX 36500
#define LAST_US (INT64_C(86400000000) - 1)

/* take_whole_number reads a whole number of up to 18 digits, if the token is one. */
static bool
take_whole_number(const char *token, size_t len, int64_t *number)
{
	bool		is_negative = len > 0 && token[0] == '-';
	size_t		i = is_negative;

	if (i == len || len - i > 18)
		return false;
	for (*number = 0; i < len; i++)
	{
		if (token[i] < '0' || token[i] > '9')
			return false;
		*number = *number * 10 + (token[i] - '0');
	}
	if (is_negative)
		*number = -*number;
	return true;
}

/* take_single goes past a value that is no list. */
static bool
take_single(VzScan *s, VzSmartValue *value)
{
	const char *start = s->p;
	char	   *words;

	memset(value, 0, sizeof(*value));
	if (vz_scan_at(s, "\""))
	{
		if (!vz_scan_plain_text(s, &words, &value->characters))
			return false;
		value->kind = VZ_SMART_VALUE_WORDS;
		value->words = words;
		return true;
	}
	if (!vz_scan_value(s))
		return false;
	if (*start == 't' || *start == 'f')
	{
		value->kind = VZ_SMART_VALUE_TRUTH;
		value->number = *start == 't';
	}
	else if (take_whole_number(start, (size_t) (s->p - start), &value->number))
		value->kind = VZ_SMART_VALUE_WHOLE;
	return true;
}

bool
vz_smart_value_take(VzScan *s, VzSmartValue *value)
{
	VzSmartValue item;
	VzSmartValue list = {.kind = VZ_SMART_VALUE_OTHER};
	int			nitems = 0;

	if (!vz_scan_take(s, '['))
		return take_single(s, value);
	s->depth++;
	vz_scan_blanks(s);
	if (!vz_scan_take(s, ']'))
	{
		do
		{
			vz_scan_blanks(s);
			if (!take_single(s, &item))
				return false;
			if (nitems < 2)
			{
				list.pair[nitems].kind = item.kind;
				list.pair[nitems].words = item.words;
				list.pair[nitems].number = item.number;
			}
			nitems++;
			vz_scan_blanks(s);
		} while (vz_scan_take(s, ','));
		if (!vz_scan_take(s, ']'))
			return false;
	}
	s->depth--;
	*value = list;
	if (nitems == 2)
		value->kind = VZ_SMART_VALUE_PAIR;
	return true;
}

/* say_problem writes a problem; false, for who returns it. */
static bool
say_problem(char problem[VZ_SMART_PROBLEM_SIZE], const char *sentence)
{
	snprintf(problem, VZ_SMART_PROBLEM_SIZE, "%s", sentence);
	return false;
}

/* give_words takes words of any kind. */
static bool
give_words(const VzSmartValue *value, VzSmartNode *node, char problem[VZ_SMART_PROBLEM_SIZE])
{
	unsigned char id[16];

	if (value->kind != VZ_SMART_VALUE_WORDS || value->words[0] == '\0')
		return say_problem(problem, "must be a text");
	if (value->characters > VZ_SMART_WORDS_MAX)
	{
		snprintf(problem, VZ_SMART_PROBLEM_SIZE, "must have at most %d characters", VZ_SMART_WORDS_MAX);
		return false;
	}
	node->words = value->words;
	if (node->field->kind == VZ_SMART_CHOICE && (node->words = node->field->choose(value->words)) == NULL)
		return say_problem(problem, "must be a word that this field can have");
	if (node->field->kind == VZ_SMART_USER && !vz_parse_uuid(value->words, id))
		return say_problem(problem, "must be the id of a user");
	return true;
}

/* give_number takes a number, or two. */
static bool
give_number(const VzSmartValue *value, VzSmartNode *node, char problem[VZ_SMART_PROBLEM_SIZE])
{
	int64_t		least = node->field->least;
	int64_t		most = node->field->most;
	bool		is_range = node->op == VZ_SMART_IN_THE_RANGE;
	VzSmartValueKind kind = is_range ? VZ_SMART_VALUE_PAIR : VZ_SMART_VALUE_WHOLE;

	node->number = is_range ? value->pair[0].number : value->number;
	node->most = is_range ? value->pair[1].number : node->number;
	if (value->kind == kind && node->number >= least && node->most <= most && node->number <= node->most &&
		(!is_range || (value->pair[0].kind == VZ_SMART_VALUE_WHOLE && value->pair[1].kind == VZ_SMART_VALUE_WHOLE)))
		return true;
	snprintf(problem, VZ_SMART_PROBLEM_SIZE,
			 is_range ? "must be two whole numbers from %lld to %lld, the lesser one first" : "must be a whole number from %lld to %lld",
			 (long long) least, (long long) most);
	return false;
}

/* give_days takes a number of days. */
static bool
give_days(const VzSmartValue *value, VzSmartNode *node, char problem[VZ_SMART_PROBLEM_SIZE])
{
	node->number = value->number;
	if (value->kind == VZ_SMART_VALUE_WHOLE && value->number >= 1 && value->number <= DAYS_MAX)
		return true;
	snprintf(problem, VZ_SMART_PROBLEM_SIZE, "must be a number of days from 1 to %d", DAYS_MAX);
	return false;
}

/* give_time takes a time, or two: a day is its beginning, but one that ends a range belongs to it. */
static bool
give_time(const VzSmartValue *value, VzSmartNode *node, char problem[VZ_SMART_PROBLEM_SIZE])
{
	bool		is_day;
	bool		is_range = node->op == VZ_SMART_IN_THE_RANGE;

	if (!is_range)
		return (value->kind == VZ_SMART_VALUE_WORDS && vz_smart_time(value->words, &node->number, &is_day)) ||
			say_problem(problem, "must be a day or a time, as in 2025-01-31 or 2025-01-31T12:00:00Z");
	if (value->kind != VZ_SMART_VALUE_PAIR || value->pair[0].kind != VZ_SMART_VALUE_WORDS ||
		value->pair[1].kind != VZ_SMART_VALUE_WORDS ||
		!vz_smart_time(value->pair[0].words, &node->number, &is_day) || !vz_smart_time(value->pair[1].words, &node->most, &is_day))
		return say_problem(problem, "must be two days or times, the earlier one first");
	node->most += is_day ? LAST_US : 0;
	return node->number <= node->most || say_problem(problem, "must be two days or times, the earlier one first");
}

bool
vz_smart_value_give(const VzSmartValue *value, VzSmartNode *node, char problem[VZ_SMART_PROBLEM_SIZE])
{
	switch (node->field->kind)
	{
		case VZ_SMART_NUMBER:
			return give_number(value, node, problem);
		case VZ_SMART_TIME:
			return node->op == VZ_SMART_IN_THE_LAST || node->op == VZ_SMART_NOT_IN_THE_LAST
				? give_days(value, node, problem) : give_time(value, node, problem);
		case VZ_SMART_TRUTH:
			node->number = value->number;
			return value->kind == VZ_SMART_VALUE_TRUTH || say_problem(problem, "must be true or false");
		default:
			return give_words(value, node, problem);
	}
}
