/*
 * settings_rules.c
 *		The settings that are known (see settings_rules.h); no server header.
 *
 * A new setting is a line here, and a default in the view settings_shape.
 */
#include "settings_rules.h"

#include <string.h>

#define WORDS_MAX 4

typedef struct Rule
{
	const char *section;		/* NULL: none */
	const char *name;
	VzSettingKind kind;
	double		most;			/* of a number, from 0 */
	const char *problem;		/* of a number or a word */
	const char *words[WORDS_MAX];
} Rule;

static const Rule rules[] = {
	{NULL, "theme", VZ_SETTING_WORD, 0, "must be light, dark or auto", {"light", "dark", "auto"}},
	{"notifications", "email", VZ_SETTING_BOOL},
	{"notifications", "push", VZ_SETTING_BOOL},
	{"notifications", "desktop", VZ_SETTING_BOOL},
	{"notifications", "new_followers", VZ_SETTING_BOOL},
	{"notifications", "track_comments", VZ_SETTING_BOOL},
	{"notifications", "direct_messages", VZ_SETTING_BOOL},
	{"notifications", "mentions", VZ_SETTING_BOOL},
	{"notifications", "likes", VZ_SETTING_BOOL},
	{"notifications", "invitations", VZ_SETTING_BOOL},
	{"notifications", "sales", VZ_SETTING_BOOL},
	{"notifications", "digest", VZ_SETTING_WORD, 0, "must be off, daily or weekly", {"off", "daily", "weekly"}},
	{"privacy", "show_email", VZ_SETTING_BOOL},
	{"privacy", "show_activity", VZ_SETTING_BOOL},
	{"privacy", "allow_dm", VZ_SETTING_BOOL},
	{"privacy", "track_visibility", VZ_SETTING_WORD, 0, "must be public, followers or private",
	{"public", "followers", "private"}},
	{"privacy", "profile_visibility", VZ_SETTING_WORD, 0, "must be public, registered or private",
	{"public", "registered", "private"}},
	{"audio", "auto_play", VZ_SETTING_BOOL},
	{"audio", "quality", VZ_SETTING_WORD, 0, "must be low, medium, high or lossless",
	{"low", "medium", "high", "lossless"}},
	{"audio", "volume", VZ_SETTING_NUMBER, 1, "must be a number from 0 to 1"},
	{"audio", "crossfade", VZ_SETTING_NUMBER, 12, "must be a number from 0 to 12"},
};

#define RULES (sizeof(rules) / sizeof(rules[0]))

/* find_rule returns the rule of a setting, or NULL. */
static const Rule *
find_rule(const char *section, const char *name)
{
	for (size_t i = 0; i < RULES; i++)
		if ((section == NULL) == (rules[i].section == NULL) &&
			(section == NULL || strcmp(rules[i].section, section) == 0) && strcmp(rules[i].name, name) == 0)
			return &rules[i];
	return NULL;
}

bool
vz_settings_section(const char *name)
{
	for (size_t i = 0; i < RULES; i++)
		if (rules[i].section != NULL && strcmp(rules[i].section, name) == 0)
			return true;
	return false;
}

bool
vz_settings_single(const char *name)
{
	return find_rule(NULL, name) != NULL;
}

/* rule_has_word says whether the word is one of the rule's. */
static bool
rule_has_word(const Rule *rule, const char *word)
{
	for (size_t i = 0; i < WORDS_MAX && rule->words[i] != NULL; i++)
		if (strcmp(rule->words[i], word) == 0)
			return true;
	return false;
}

const char *
vz_setting_problem(const char *section, const char *name, const VzSettingValue *value)
{
	const Rule *rule = find_rule(section, name);

	if (rule == NULL)
		return "is not known here";
	if (rule->kind == VZ_SETTING_BOOL)
		return value->kind == VZ_SETTING_BOOL ? NULL : "must be true or false";
	if (value->kind != rule->kind)
		return rule->problem;
	if (rule->kind == VZ_SETTING_WORD)
		return rule_has_word(rule, value->word) ? NULL : rule->problem;
	return value->number >= 0 && value->number <= rule->most ? NULL : rule->problem;
}
