/*
 * profile_rules.h
 *		What the fields of a profile look like. Pure.
 *
 * Texts are UTF-8; chars is their number of characters. Each function returns
 * NULL when the value is fine, else what is wrong with it, as in "must be ...".
 */
#ifndef VEZA_PROFILE_RULES_H
#define VEZA_PROFILE_RULES_H

#include <stdbool.h>
#include <stddef.h>

#define VZ_SKILLS_MAX 10

typedef enum VzProfileField
{
	VZ_PROFILE_FIRST_NAME,
	VZ_PROFILE_LAST_NAME,
	VZ_PROFILE_DISPLAY_NAME,
	VZ_PROFILE_BIO,
	VZ_PROFILE_LOCATION,
	VZ_PROFILE_WEBSITE,
	VZ_PROFILE_LANGUAGE,
	VZ_PROFILE_TIMEZONE,		/* its form only: whether there is such a zone is another question */
	VZ_PROFILE_FIELDS
} VzProfileField;

/* The name of a field, as clients send it. */
extern const char *vz_profile_field_name(VzProfileField field);

/* Judges the value of a field that is not empty. */
extern const char *vz_profile_problem(VzProfileField field, const char *value, size_t chars);

/* Judges a name at another service; an unknown service is a problem, too. An empty name takes it away. */
extern const char *vz_social_link_problem(const char *service, const char *value, size_t chars);

/* Judges one skill. */
extern const char *vz_skill_problem(const char *value, size_t chars);

#endif							/* VEZA_PROFILE_RULES_H */
