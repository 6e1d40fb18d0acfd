/*
 * validators.c
 *		What a username, an e-mail address and a password look like (see
 *		validators.h); no server header.
 */
#include "validators.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* is_alnum knows ASCII alone, whatever the locale. */
static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *
vz_username_problem(const char *username)
{
	/* Words that have a meaning of their own in addresses. */
	static const char *const reserved[] = {"me", "admin", "search", "by-username", "except-me",
	"root", "system", "support", "veza", "anonymous"};
	size_t		len = strlen(username);

	if (len < 3 || len > 30)
		return "must have 3 to 30 characters";
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(username[i]) && username[i] != '_' && username[i] != '-')
			return "must consist of letters, digits, _ and -";
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcasecmp(username, reserved[i]) == 0)
			return "is reserved";
	/* So are called those who have left. */
	if (strncasecmp(username, "deleted-", 8) == 0)
		return "is reserved";
	return NULL;
}

/* domain_is_fine: labels of letters, digits and inner hyphens, at least two of them. */
static bool
domain_is_fine(const char *domain)
{
	size_t		label = 0;
	int			labels = 1;

	for (const char *p = domain; *p != '\0'; p++)
	{
		if (*p == '.')
		{
			if (label == 0 || p[-1] == '-')
				return false;
			label = 0;
			labels++;
			continue;
		}
		if (!is_alnum(*p) && !(*p == '-' && label > 0))
			return false;
		if (++label > 63)
			return false;
	}
	return label > 0 && labels >= 2 && domain[strlen(domain) - 1] != '-';
}

const char *
vz_email_problem(const char *email)
{
	static const char problem[] = "must be an e-mail address";
	const char *at = strrchr(email, '@');
	size_t		local = at ? (size_t) (at - email) : 0;

	if (at == NULL || local == 0 || local > 64 || strlen(email) > 254)
		return problem;
	for (size_t i = 0; i < local; i++)
	{
		char		c = email[i];

		if (c == '.' && (i == 0 || i == local - 1 || email[i - 1] == '.'))
			return problem;
		if (!is_alnum(c) && strchr("!#$%&'*+-/=?^_`{|}~.", c) == NULL)
			return problem;
	}
	return domain_is_fine(at + 1) ? NULL : problem;
}

const char *
vz_password_problem(size_t bytes, size_t chars)
{
	if (bytes > VZ_PASSWORD_MAX_BYTES || chars > VZ_PASSWORD_MAX_CHARS)
		return "must have at most 128 characters";
	if (chars < VZ_PASSWORD_MIN_CHARS)
		return "must have at least 8 characters";
	return NULL;
}
