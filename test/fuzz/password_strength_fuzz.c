/*
 * password_strength_fuzz.c
 *		How hard passwords are to guess. The first line is a password, the rest
 *		a name: what is weak stays so when more is known, and when more is asked.
 */
#include "../../extension/src/auth/password_strength.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = data;
	size_t		len = 0;
	const char *name;
	char	   *password;
	char	   *rest;

	take_line(&data, &size, &line, &len);
	password = text_of(line, len);
	name = rest = text_of(data, size);
	if (vz_password_weakness(password, NULL, 0, 26) != NULL)
		promise(vz_password_weakness(password, NULL, 0, 40) != NULL);
	vz_password_weakness(password, &name, 1, 26);
	promise(vz_password_weakness(password, &name, 1, 0) == NULL);
	free(password);
	free(rest);
	return 0;
}
