/*
 * validators_fuzz.c
 *		Usernames and e-mail addresses: what passes is safe in a mail's header,
 *		in an address and in a log.
 */
#include "../../extension/src/auth/validators.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);
	size_t		len = strlen(text);

	if (vz_username_problem(text) == NULL)
		promise(len >= 3 && len <= 30 &&
				strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == len);
	if (vz_email_problem(text) == NULL)
	{
		const char *at = strchr(text, '@');

		promise(len <= 254 && at != NULL && at > text && strchr(at + 1, '@') == NULL && strchr(at, '.') != NULL);
		promise(strstr(text, "..") == NULL && text[0] != '.' && text[len - 1] != '.' && at[-1] != '.' && at[1] != '.');
		for (const char *p = text; *p != '\0'; p++)
			promise(*p > ' ' && *p < 0x7F && strchr("\"(),:;<>[\\]", *p) == NULL);
	}
	vz_password_problem(size, len);
	free(text);
	return 0;
}
