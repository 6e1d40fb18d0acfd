/*
 * blocklist_fuzz.c
 *		Passwords that are guessed first: capitals and a few signs around a
 *		word change nothing. The first line is a password, the rest a name.
 */
#include "../../extension/src/auth/blocklist.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = data;
	size_t		len = 0;
	char	   *password;
	char	   *name;
	char	   *more;

	take_line(&data, &size, &line, &len);
	password = text_of(line, len);
	name = text_of(data, size);
	more = malloc(strlen(password) + strlen(name) + 1);
	for (size_t i = 0; i <= strlen(password); i++)
		more[i] = password[i] >= 'a' && password[i] <= 'z' ? (char) (password[i] - 32) : password[i];
	promise(vz_password_is_common(more) == vz_password_is_common(password));
	len = strcspn(name, "@");
	strcpy(stpcpy(more, password), name);
	if (strlen(more) < 128)
		promise(vz_password_is_about(more, name) == (len >= 4 && len < 64));
	vz_password_is_about(password, name);
	free(password);
	free(name);
	free(more);
	return 0;
}
