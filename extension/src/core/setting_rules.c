/*
 * setting_rules.c
 *		What a setting may be (see settings.h).
 */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nearest.h"

const VzSetting vz_settings[] = {
#define VZ_SETTING(name, kind, unit, minimum, maximum, def, flags, description) \
	{#name, VZ_SETTING_##kind, unit, minimum, maximum, def, flags, description},
	VZ_SETTINGS(VZ_SETTING)
#undef VZ_SETTING
};
const int	vz_nsettings = sizeof(vz_settings) / sizeof(vz_settings[0]);

const VzSetting *
vz_setting_find(const char *name)
{
	for (int i = 0; i < vz_nsettings; i++)
		if (strcmp(vz_settings[i].name, name) == 0)
			return &vz_settings[i];
	return NULL;
}

/* read_number reads the digits of a number within the bounds, and says where they end; NULL when there is none. */
static const char *
read_number(const VzSetting *setting, const char *text, int64_t *number)
{
	const char *digits = *text == '-' ? text + 1 : text;
	char	   *end;

	/* strtoll would also take blanks and a plus. */
	if (*digits < '0' || *digits > '9')
		return NULL;
	errno = 0;
	*number = strtoll(text, &end, 10);
	return errno != 0 || *number < setting->minimum || *number > setting->maximum ? NULL : end;
}

/* is_list says whether the value is numbers within the bounds, with commas between them. */
static bool
is_list(const VzSetting *setting, const char *value)
{
	int64_t		number;
	const char *end = read_number(setting, value, &number);

	while (end != NULL && *end == ',')
		end = read_number(setting, end + 1, &number);
	return end != NULL && *end == '\0';
}

/* is_address says whether the value is empty or has a scheme and something behind it, and no blanks. */
static bool
is_address(const VzSetting *setting, const char *value)
{
	const char *colon = strstr(value, "://");

	return *value == '\0' || (colon != NULL && colon > value && colon[3] != '\0' &&
							  strpbrk(value, " \t\r\n") == NULL && (int64_t) strlen(value) <= setting->maximum);
}

const char *
vz_setting_fault(const VzSetting *setting, const char *value, int64_t *number)
{
	const char *end;

	*number = 0;
	switch (setting->kind)
	{
		case VZ_SETTING_INT:
			end = read_number(setting, value, number);
			return end != NULL && *end == '\0' ? NULL : "must be a whole number within the bounds";
		case VZ_SETTING_LIST:
			return is_list(setting, value) ? NULL : "must be whole numbers within the bounds, with commas between them";
		case VZ_SETTING_ADDRESS:
			return is_address(setting, value) ? NULL : "must be empty or an address with a scheme, such as https://host";
	}
	return "must be of a known kind";
}

const char *
vz_setting_range(const VzSetting *setting, char *buf, int size)
{
	if (setting->kind == VZ_SETTING_ADDRESS)
		snprintf(buf, size, "empty or scheme://...");
	else
		snprintf(buf, size, "%lld to %lld%s", (long long) setting->minimum, (long long) setting->maximum,
				 setting->kind == VZ_SETTING_LIST ? ", several" : "");
	return buf;
}

const VzSetting *
vz_setting_nearest(const char *name)
{
	const VzSetting *nearest = NULL;
	int			least = VZ_NEAREST_MAX;

	for (int i = 0; i < vz_nsettings; i++)
	{
		int			distance = vz_word_distance(name, vz_settings[i].name);

		if (distance < least && vz_is_near(name, distance))
		{
			least = distance;
			nearest = &vz_settings[i];
		}
	}
	return nearest;
}
