/*
 * profile_rules.c
 *		What the fields of a profile look like (see profile_rules.h); no server
 *		header.
 */
#include "profile_rules.h"

#include <string.h>
#include <strings.h>

#define ALPHA "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/*
 * has_control finds characters that change how what stands beside them is
 * shown: controls (of one or two bytes) and those that turn the direction of
 * writing. A text of several lines may have line ends and tabs.
 */
static bool
has_control(const char *text, bool has_lines)
{
	for (const unsigned char *p = (const unsigned char *) text; *p != '\0'; p++)
	{
		if ((*p < ' ' || *p == 0x7F) && !(has_lines && (*p == '\n' || *p == '\r' || *p == '\t')))
			return true;
		if (p[0] == 0xC2 && p[1] >= 0x80 && p[1] <= 0x9F)
			return true;
		if (p[0] == 0xE2 && p[1] == 0x80 && p[2] >= 0xAA && p[2] <= 0xAE)
			return true;
		if (p[0] == 0xE2 && p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9)
			return true;
	}
	return false;
}

/* host_is_fine: letters, digits, dots and inner hyphens; perhaps a port of at most five digits. */
static bool
host_is_fine(const char *host, size_t len)
{
	size_t		name = strspn(host, ALPHA DIGITS ".-");
	size_t		port;

	if (name > len)
		name = len;
	if (name == 0 || strchr(".-", host[0]) != NULL || strchr(".-", host[name - 1]) != NULL)
		return false;
	if (name == len)
		return true;
	port = strspn(host + name + 1, DIGITS);
	return host[name] == ':' && port > 0 && port <= 5 && name + 1 + port == len;
}

/* website_problem wants http or https, a host without user or password, and characters that need no quoting. */
static const char *
website_problem(const char *value)
{
	static const char problem[] = "must be an address that begins with http:// or https://";
	const char *host = value;

	if (strncasecmp(value, "https://", 8) == 0)
		host += 8;
	else if (strncasecmp(value, "http://", 7) == 0)
		host += 7;
	else
		return problem;
	for (const char *p = value; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"<>\\^`{|}", *p) != NULL)
			return problem;
	return host_is_fine(host, strcspn(host, "/?#")) ? NULL : problem;
}

/* is_small_number says whether the text is a number of one or two digits, up to most, without zeros in front. */
static bool
is_small_number(const char *text, int most)
{
	size_t		digits = strspn(text, DIGITS);
	int			n = 0;

	if (digits < 1 || digits > 2 || text[digits] != '\0' || (text[0] == '0' && digits > 1))
		return false;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + text[i] - '0';
	return n <= most;
}

/*
 * timezone_problem wants a name of the IANA data base: words of letters,
 * joined by / _ - and +. Digits stand in Etc/GMT+5 alone: PostgreSQL would
 * take names with digits for rules of their own ("ABC3"), and keep each.
 */
static const char *
timezone_problem(const char *value)
{
	static const char problem[] = "must be the IANA name of a time zone, as in Europe/Paris";
	const char *p = value;

	if (strncasecmp(value, "Etc/GMT", 7) == 0 && (value[7] == '+' || value[7] == '-'))
		return is_small_number(value + 8, value[7] == '+' ? 12 : 14) ? NULL : problem;
	while (true)
	{
		size_t		n = strspn(p, ALPHA "_-");

		if (n == 0 || strchr("_-", p[0]) != NULL)
			return problem;
		p += n;
		if (*p == '\0')
			return NULL;
		if (*p++ != '/')
			return problem;
	}
}

/* language_problem wants two small letters. */
static const char *
language_problem(const char *value)
{
	return strlen(value) == 2 && strspn(value, "abcdefghijklmnopqrstuvwxyz") == 2
		? NULL : "must be an ISO 639-1 code, as in en";
}

/* A field: its name, its longest value, and what else it must be. */
static const struct
{
	const char *name;
	size_t		chars;
	const char *too_long;
	bool		has_lines;
	const char *(*problem) (const char *value);
}			fields[VZ_PROFILE_FIELDS] = {
	[VZ_PROFILE_FIRST_NAME] = {"first_name", 100, "must have at most 100 characters", false, NULL},
	[VZ_PROFILE_LAST_NAME] = {"last_name", 100, "must have at most 100 characters", false, NULL},
	[VZ_PROFILE_DISPLAY_NAME] = {"display_name", 100, "must have at most 100 characters", false, NULL},
	[VZ_PROFILE_BIO] = {"bio", 500, "must have at most 500 characters", true, NULL},
	[VZ_PROFILE_LOCATION] = {"location", 100, "must have at most 100 characters", false, NULL},
	[VZ_PROFILE_WEBSITE] = {"website", 255, "must have at most 255 characters", false, website_problem},
	[VZ_PROFILE_LANGUAGE] = {"language", 2, "must be an ISO 639-1 code, as in en", false, language_problem},
	[VZ_PROFILE_TIMEZONE] = {"timezone", 64, "must be the IANA name of a time zone, as in Europe/Paris", false, timezone_problem},
};

static const char *const services[] = {"twitter", "instagram", "soundcloud"};

const char *
vz_profile_field_name(VzProfileField field)
{
	return fields[field].name;
}

const char *
vz_profile_problem(VzProfileField field, const char *value, size_t chars)
{
	if (chars > fields[field].chars)
		return fields[field].too_long;
	if (has_control(value, fields[field].has_lines))
		return "must not contain control characters";
	return fields[field].problem ? fields[field].problem(value) : NULL;
}

const char *
vz_social_link_problem(const char *service, const char *value, size_t chars)
{
	bool		is_known = false;

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		is_known = is_known || strcmp(service, services[i]) == 0;
	if (!is_known)
		return "is not known here";
	if (chars > 50)
		return "must have at most 50 characters";
	return has_control(value, false) ? "must not contain control characters" : NULL;
}

const char *
vz_skill_problem(const char *value, size_t chars)
{
	if (chars < 1 || chars > 30)
		return "must be words of 1 to 30 characters";
	return has_control(value, false) ? "must not contain control characters" : NULL;
}
