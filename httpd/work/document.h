/*
 * document.h
 *		What is reported of an analysis: what veza-probe has written and the files
 *		that were made of it go in, the document that veza.track_report_analysis
 *		takes comes out. Pure but for JSON and memory.
 *
 * It is read by an allow-list: what is not known, or of another type, is left
 * out. The file was a stranger's, and who has decoded it may have been taken over by it.
 */
#ifndef VEZA_DOCUMENT_H
#define VEZA_DOCUMENT_H

#include <jansson.h>
#include <stddef.h>

#include "../files/derived.h"

/* The files that were made; one whose size is 0 was not. */
typedef struct DocumentFiles
{
	const Derived *waveform;
	const Derived *waveform_json;
	const Derived *cover;
} DocumentFiles;

/* The document of what was written; NULL when that is no answer of veza-probe's. */
extern json_t *document_read(const char *answer, size_t len, const DocumentFiles *files);

/* The document of an analysis that has failed with this code. */
extern json_t *document_failure(const char *code, const char *detail, bool may_retry);

#endif							/* VEZA_DOCUMENT_H */
