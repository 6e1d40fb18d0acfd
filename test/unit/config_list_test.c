/*
 * config_list_test.c
 *		The list of variables itself, beside the list of settings: every row can be
 *		used as it stands, and what two rows say of one thing agrees.
 */
#include <stdlib.h>

#include "../../httpd/config/config.h"
#include "../../httpd/config/config_private.h"
#include "tap.h"

/* fits judges a text by a row. */
static bool
fits(const ConfigVar *var, const char *text)
{
	ConfigValue value = {.text = (char *) text};
	char		buf[128];

	return config_judge(var, &value, buf, sizeof(buf)) == NULL;
}

/* test_rows: what each row must and must not say. */
static void
test_rows(void)
{
	for (int id = 0; id < CONFIG_COUNT; id++)
	{
		const ConfigVar *v = &config_vars[id];
		bool		is_number = v->type == CONFIG_TYPE_INT || v->type == CONFIG_TYPE_DURATION;
		bool		is_port = strlen(v->name) > 5 && strcmp(v->name + strlen(v->name) - 5, "_PORT") == 0;

		for (int other = 0; other < id; other++)
			each(strcmp(config_vars[other].name, v->name) != 0, "%s is there twice", v->name);
		each(config_description(v) != NULL && config_description(v)[0] != '\0', "%s is not described", v->name);
		each(v->section != NULL && v->section[0] != '\0', "%s has no section", v->name);
		each(!is_number || config_minimum(v) < config_maximum(v), "%s has no bounds", v->name);
		each(v->type != CONFIG_TYPE_INT || v->unit != NULL || is_port, "%s has no unit", v->name);
		each(v->type == CONFIG_TYPE_INT || v->type == CONFIG_TYPE_LIST || v->unit == NULL, "%s has a unit, and no number", v->name);
		each(v->type == CONFIG_TYPE_TEXT || v->choices == NULL, "%s has choices, and is no text", v->name);
		each(v->type != CONFIG_TYPE_SECRET || (v->default_text == NULL && v->relaxed == NULL && v->strict == NULL),
			 "%s is secret, and has a default", v->name);
		each(v->type == CONFIG_TYPE_SECRET || !(v->flags & CONFIG_TOKEN_KEY), "%s is a key, and not secret", v->name);
		each(v->default_text == NULL || (v->relaxed == NULL && v->strict == NULL && v->default_words == NULL),
			 "%s has two defaults", v->name);
		each(v->default_text == NULL || fits(v, v->default_text), "%s cannot have its default", v->name);
		each(v->relaxed == NULL || fits(v, v->relaxed), "%s cannot have its default of development", v->name);
		each(v->strict == NULL || fits(v, v->strict), "%s cannot have its default of production", v->name);
		each(v->example == NULL || fits(v, v->example), "%s cannot have its example", v->name);
	}
	all("every row can be used as it stands");
}

/* bound_fits says whether the setting takes a bound of its variable. */
static bool
bound_fits(const ConfigVar *var, int64_t bound)
{
	ConfigValue value = {.text = (char *) "", .number = bound};
	char		buf[CONFIG_STORED_MAX];
	int64_t		number;

	return vz_setting_fault(var->setting, config_value_of_setting(var, &value, buf, sizeof(buf)), &number) == NULL;
}

/* default_is_repeated says whether a row has a default of its own that is the setting's. */
static bool
default_is_repeated(const ConfigVar *var)
{
	ConfigValue value = {.text = (char *) var->default_text};
	char		buf[CONFIG_STORED_MAX];

	return var->default_text != NULL && config_judge(var, &value, buf, sizeof(buf)) == NULL &&
		strcmp(config_value_of_setting(var, &value, buf, sizeof(buf)), var->setting->default_value) == 0;
}

/* bound_is_repeated says whether a row has bounds of its own that are just the setting's. */
static bool
bound_is_repeated(const ConfigVar *var)
{
	ConfigVar	without = *var;

	without.minimum = without.maximum = 0;
	return (var->minimum != 0 && var->minimum == config_minimum(&without)) ||
		(var->maximum != 0 && var->maximum == config_maximum(&without));
}

/* judge_pair judges a variable beside the setting that it sets. */
static void
judge_pair(const ConfigVar *v)
{
	const VzSetting *s = v->setting;
	bool		is_number = v->type == CONFIG_TYPE_INT || v->type == CONFIG_TYPE_DURATION;
	char		buf[32];
	const char *inherited = config_default_of_setting(v, buf, sizeof(buf));

	if (!each(config_fits_setting(v), "%s cannot become %s: another type, or a unit that does not convert", v->name, s->name))
		return;
	each(s->flags & VZ_SETTING_BY_HTTPD, "%s is not for %s to set: it lacks VZ_SETTING_BY_HTTPD", s->name, v->name);
	each(!is_number || (bound_fits(v, config_minimum(v)) && bound_fits(v, config_maximum(v))),
		 "%s may be what %s may not", v->name, s->name);
	each(!(v->flags & CONFIG_ACCOUNT_LIMIT) || (bound_fits(v, 0) && s->kind == VZ_SETTING_INT),
		 "%s cannot be switched off", s->name);
	each(!bound_is_repeated(v), "%s repeats a bound of %s: leave it out", v->name, s->name);
	each(!default_is_repeated(v), "%s repeats the default of %s: CONFIG_DEFAULT_OF_SETTING", v->name, s->name);
	each(v->description == NULL || strcmp(v->description, s->description) != 0,
		 "%s repeats the description of %s", v->name, s->name);
	if (v->flags & CONFIG_DEFAULT_OF_SETTING)
	{
		ConfigValue value = {.text = (char *) inherited};
		char		text[128];
		char		stored[CONFIG_STORED_MAX];

		each(inherited != NULL && config_judge(v, &value, text, sizeof(text)) == NULL &&
			 strcmp(config_value_of_setting(v, &value, stored, sizeof(stored)), s->default_value) == 0,
			 "%s cannot have the default of %s", v->name, s->name);
	}
}

/* test_pairs: each variable that sets a setting fits it, and each setting is set by whom it says. */
static void
test_pairs(void)
{
	for (int id = 0; id < CONFIG_COUNT; id++)
	{
		const ConfigVar *v = &config_vars[id];

		if (v->setting != NULL)
			judge_pair(v);
		else
			each(!(v->flags & (CONFIG_DEFAULT_OF_SETTING | CONFIG_STORES_ORIGIN | CONFIG_ACCOUNT_LIMIT)),
				 "%s sets no setting, and its flags speak of one", v->name);
	}
	all("a variable and the setting that it sets agree, and nothing is said twice");
	for (int i = 0; i < vz_nsettings; i++)
	{
		int			n = 0;

		for (int id = 0; id < CONFIG_COUNT; id++)
			n += config_vars[id].setting == &vz_settings[i];
		each(n == (vz_settings[i].flags & VZ_SETTING_BY_HTTPD ? 1 : 0), "%s is set by %d variables", vz_settings[i].name, n);
	}
	all("each setting that veza-httpd may set is set by one variable");
}

/* stored returns what a row stores for a text. */
static const char *
stored(const ConfigVar *var, const char *text)
{
	static char buf[CONFIG_STORED_MAX];
	ConfigValue value = {.text = (char *) text};
	char		problem[128];

	return config_judge(var, &value, problem, sizeof(problem)) != NULL ? "refused"
		: config_value_of_setting(var, &value, buf, sizeof(buf));
}

/* test_conversion: units, bounds and defaults that a row takes from a setting. */
static void
test_conversion(void)
{
	static const VzSetting seconds = {"s", VZ_SETTING_INT, "s", 30, 7200, "90", 0, "s"};
	static const VzSetting milliseconds = {"m", VZ_SETTING_INT, "ms", 1, 60000, "1000", 0, "m"};
	static const VzSetting words = {"w", VZ_SETTING_INT, "mails", 0, 10, "3", 0, "w"};
	static const VzSetting flag = {"f", VZ_SETTING_INT, "flag", 0, 1, "1", 0, "f"};
	static const VzSetting list = {"l", VZ_SETTING_LIST, "s", 1, 100, "5,10", 0, "l"};
	static const VzSetting address = {"a", VZ_SETTING_ADDRESS, "address", 0, 30, "", 0, "a"};
	ConfigVar	duration = {.type = CONFIG_TYPE_DURATION, .setting = &seconds};
	ConfigVar	minutes = {.type = CONFIG_TYPE_INT, .unit = "min", .setting = &seconds};
	ConfigVar	whole = {.type = CONFIG_TYPE_INT, .unit = "s", .setting = &milliseconds, .flags = CONFIG_DEFAULT_OF_SETTING};
	ConfigVar	mails = {.type = CONFIG_TYPE_INT, .unit = "mails", .setting = &words};
	ConfigVar	on = {.type = CONFIG_TYPE_BOOL, .setting = &flag, .flags = CONFIG_DEFAULT_OF_SETTING};
	ConfigVar	several = {.type = CONFIG_TYPE_LIST, .unit = "s", .setting = &list};
	ConfigVar	url = {.type = CONFIG_TYPE_URL, .setting = &address};
	char		buf[32];

	is_number(config_minimum(&duration), 30000, "bounds in milliseconds from seconds");
	is_number(config_maximum(&duration), 7200000, "both");
	is_number(config_minimum(&minutes), 1, "in minutes from seconds: what is less is too little");
	is_number(config_maximum(&minutes), 120, "what is more is too much");
	is_number(config_minimum(&whole), 1, "in seconds from milliseconds");
	is_number(config_maximum(&whole), 60, "both");
	duration.minimum = 40000;
	is_number(config_minimum(&duration), 40000, "a bound of its own is the variable's");
	is_number(config_maximum(&duration), 7200000, "the other one stays the setting's");
	is_text(stored(&duration, "1m"), "60", "a duration is stored in seconds");
	is_text(stored(&duration, "39s"), "refused", "and refused out of bounds");
	is_text(stored(&minutes, "2"), "120", "minutes are stored in seconds");
	is_text(stored(&whole, "5"), "5000", "and seconds in milliseconds");
	is_text(stored(&mails, "7"), "7", "the same unit needs no conversion");
	is_text(stored(&mails, "11"), "refused", "the setting's bounds hold");
	is_text(stored(&on, "no"), "0", "a switch is a flag");
	is_text(stored(&several, "1,2"), "1,2", "a list is a list");
	is_text(stored(&several, "1,200"), "refused", "within the setting's bounds");
	is_text(stored(&url, "https://u:hunter2@h/x"), "https://u:hunter2@h/x", "an address is stored as it is");
	is_text(stored(&url, "https://h x"), "refused", "when the setting takes it");
	is_text(stored(&url, "https://h.example/0123456789012345"), "refused", "and is long enough for it");
	url.flags = CONFIG_STORES_ORIGIN;
	is_text(stored(&url, "https://u:hunter2@h/x"), "https://h", "or without password and path");
	is_text(config_default_of_setting(&whole, buf, sizeof(buf)), "1", "a default is converted, too");
	is_text(config_default_of_setting(&on, buf, sizeof(buf)), "true", "that of a flag");
	ok(config_default_of_setting(&mails, buf, sizeof(buf)) == NULL, "and only where the row says so");
	mails.unit = "s";
	ok(!config_fits_setting(&mails), "other units do not convert");
	several.unit = "min";
	ok(!config_fits_setting(&several), "nor do lists of another unit");
	url.setting = &seconds;
	ok(!config_fits_setting(&url), "an address is no number");
	duration.setting = &address;
	ok(!config_fits_setting(&duration), "and a duration no address");
}

/* main runs the tests. */
int
main(void)
{
	test_rows();
	test_pairs();
	test_conversion();
	return done_testing();
}
