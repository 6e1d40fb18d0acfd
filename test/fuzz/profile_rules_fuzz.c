/*
 * profile_rules_fuzz.c
 *		Fields of a profile: what passes can be shown, be a link, be looked up.
 */
#include <strings.h>

#include "../../extension/src/user/profile_rules.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);
	size_t		len = strlen(text);

	for (int field = 0; field < VZ_PROFILE_FIELDS; field++)
	{
		if (vz_profile_problem((VzProfileField) field, text, len) != NULL)
			continue;
		promise(len <= 500);
		for (const char *p = text; *p != '\0'; p++)
			promise((unsigned char) *p >= ' ' || (field == VZ_PROFILE_BIO && strchr("\r\n\t", *p) != NULL));
		promise(strstr(text, "\xe2\x80\xae") == NULL);
		if (field == VZ_PROFILE_WEBSITE)
			promise(strncasecmp(text, "http", 4) == 0 && strpbrk(text, " \"<>\\") == NULL);
		if (field == VZ_PROFILE_TIMEZONE)
			promise(strpbrk(text, ".:<>, ") == NULL && text[0] != '/' &&
					(strpbrk(text, "0123456789") == NULL || strncasecmp(text, "Etc/GMT", 7) == 0));
		if (field == VZ_PROFILE_LANGUAGE)
			promise(len == 2);
	}
	if (vz_social_link_problem("twitter", text, len) == NULL)
		promise(len <= 50 && strchr(text, '\n') == NULL);
	vz_social_link_problem(text, "", 0);
	if (vz_skill_problem(text, len) == NULL)
		promise(len >= 1 && len <= 30);
	free(text);
	return 0;
}
