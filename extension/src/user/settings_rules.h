/*
 * settings_rules.h
 *		The settings that are known, and the values that they take. Pure.
 */
#ifndef VEZA_SETTINGS_RULES_H
#define VEZA_SETTINGS_RULES_H

#include <stdbool.h>
#include <stddef.h>

typedef enum VzSettingKind
{
	VZ_SETTING_WORD,
	VZ_SETTING_BOOL,
	VZ_SETTING_NUMBER,
	VZ_SETTING_OTHER			/* of a value: a list, an object */
} VzSettingKind;

/* The value of a setting; what counts besides the kind depends on it. */
typedef struct VzSettingValue
{
	VzSettingKind kind;
	const char *word;
	double		number;
} VzSettingValue;

/* Is this a section: a setting that consists of settings? */
extern bool vz_settings_section(const char *name);

/* Is this a setting that belongs to no section? */
extern bool vz_settings_single(const char *name);

/* Judges a setting (section NULL: of none): NULL when it is fine, else what is wrong with it. */
extern const char *vz_setting_problem(const char *section, const char *name, const VzSettingValue *value);

#endif							/* VEZA_SETTINGS_RULES_H */
