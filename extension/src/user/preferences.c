/*
 * preferences.c
 *		What the web app keeps for a user (see preferences.h).
 */
#include "preferences.h"

#include "settings_rules.h"

#define DEPTH_MAX	6
#define BYTES_MAX	16384
#define TOO_LARGE	"must not take more than 16384 bytes in all"

/* Where a judge of members is. */
typedef struct Place
{
	VzRefusal  *wrong;
	const char *prefix;
	const char *section;		/* NULL: outside of one */
} Place;

/* value_of turns a JSON value into what the rules look at. */
static VzSettingValue
value_of(const JsonbValue *value)
{
	VzSettingValue v = {.kind = VZ_SETTING_OTHER};

	if (value->type == jbvString)
	{
		v.kind = VZ_SETTING_WORD;
		v.word = pnstrdup(value->val.string.val, value->val.string.len);
	}
	else if (value->type == jbvBool)
		v.kind = VZ_SETTING_BOOL;
	else if (value->type == jbvNumeric)
	{
		v.kind = VZ_SETTING_NUMBER;
		v.number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	}
	return v;
}

/* judge_setting judges one setting; null takes it away, which is always fine for one that is known. */
static void
judge_setting(const char *name, const JsonbValue *value, void *state)
{
	const Place *at = state;
	VzSettingValue v = value_of(value);
	const char *problem = vz_setting_problem(at->section, name, &v);

	if (problem != NULL && !(value->type == jbvNull && strncmp(problem, "must", 4) == 0))
		vz_field_error(at->wrong, psprintf("%s%s%s%s", at->prefix, at->section ? at->section : "",
										   at->section ? "." : "", name), problem);
}

/* judge_member judges a member of the preferences: a section, a single setting, or something of the web app's. */
static void
judge_member(const char *name, const JsonbValue *value, void *state)
{
	Place	   *at = state;
	Place		inside = {at->wrong, at->prefix, name};

	if (vz_settings_single(name))
		judge_setting(name, value, state);
	if (!vz_settings_section(name) || value->type == jbvNull)
		return;
	if (value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data))
		vz_json_members(value->val.binary.data, judge_setting, &inside);
	else
		vz_field_error(at->wrong, psprintf("%s%s", at->prefix, name), "must be an object");
}

char *
vz_preferences_change(VzRefusal *wrong, const char *field, const char *prefix, Jsonb *old, Jsonb *change)
{
	Place		top = {wrong, prefix, NULL};
	Jsonb	   *merged;
	char	   *text;

	if (!JB_ROOT_IS_OBJECT(change))
	{
		vz_field_error(wrong, field, "must be an object");
		return NULL;
	}
	if (strlen(JsonbToCString(NULL, &change->root, (int) VARSIZE(change))) > BYTES_MAX)
	{
		vz_field_error(wrong, field, TOO_LARGE);
		return NULL;
	}
	if (vz_json_depth(&change->root, DEPTH_MAX) > DEPTH_MAX)
	{
		vz_field_error(wrong, field, "must not be nested deeper than 6 levels");
		return NULL;
	}
	vz_json_members(&change->root, judge_member, &top);
	merged = vz_json_merge(old, change);
	text = JsonbToCString(NULL, &merged->root, (int) VARSIZE(merged));
	if (strlen(text) > BYTES_MAX)
		vz_field_error(wrong, field, TOO_LARGE);
	return text;
}
