/*
 * foreign_fuzz.c
 *		Documents of the payment provider: whatever is read of them is read
 *		again as it was written, and never longer than promised.
 */
#include "../../extension/src/money/psp_document.h"
#include "../../extension/src/core/ground/foreign.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);
	size_t		len = strlen(text);
	char	   *first = malloc(VZ_FOREIGN_ROOM(len));
	char	   *second;

	if (vz_foreign_read(text, len, vz_psp_webhook, first, VZ_FOREIGN_ROOM(len)))
	{
		size_t		kept = strlen(first);

		promise(kept < VZ_FOREIGN_ROOM(len));
		promise(strstr(first, "client_secret\":") == NULL);
		second = malloc(VZ_FOREIGN_ROOM(kept));
		promise(vz_foreign_read(first, kept, vz_psp_webhook, second, VZ_FOREIGN_ROOM(kept)));
		promise(strcmp(first, second) == 0);
		free(second);
	}
	free(first);
	free(text);
	return 0;
}
