/*
 * probe_answer_fuzz.c
 *		Any bytes as the answer of veza-probe: what is kept of them is an answer again.
 */
#include "../../httpd/work/probe_answer.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ProbeAnswer answer,
				again;
	char	   *text;
	char	   *document;

	if (!probe_answer_read((const char *) data, size, &answer))
	{
		promise(answer.document == NULL && answer.cover_size == 0);
		return 0;
	}
	promise(answer.code >= PROBE_OK && answer.code < PROBE_CODES && answer.waveform_size <= PROBE_WAVEFORM_MAX);
	promise((answer.code == PROBE_OK) == (answer.waveform_size > 0) && (answer.cover_size > 0) == (answer.cover_type != NULL));
	text = probe_answer_document(&answer, NULL, "x");
	promise(text != NULL && probe_answer_read(text, strlen(text), &again));
	promise(again.code == answer.code && again.waveform_size == answer.waveform_size && again.cover_size == answer.cover_size);
	document = probe_answer_document(&again, NULL, "x");
	promise(document != NULL && strcmp(document, text) == 0);
	free(document);
	free(text);
	probe_answer_free(&again);
	probe_answer_free(&answer);
	return 0;
}
