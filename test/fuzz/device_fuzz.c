/*
 * device_fuzz.c
 *		Names of devices: whatever the User-Agent, the name is made of our words.
 */
#include "../../extension/src/auth/device.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);
	char		name[VZ_DEVICE_NAME_MAX];

	memset(name, 'x', sizeof(name));
	vz_device_name(text, name, sizeof(name));
	promise(memchr(name, '\0', sizeof(name)) != NULL);
	promise(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ") == strlen(name));
	/* Never cut, so never a half word. */
	promise(strlen(name) < sizeof(name) - 1);
	free(text);
	return 0;
}
