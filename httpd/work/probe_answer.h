/*
 * probe_answer.h
 *		What veza-probe has answered of a file, read by an allow-list. Pure.
 *
 * The process that has written it has decoded a stranger's file and may have
 * been taken over by it: what is not as docs/probe.md says is no answer.
 */
#ifndef VEZA_WORK_PROBE_ANSWER_H
#define VEZA_WORK_PROBE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../probe/refusal.h"

#define PROBE_ANSWER_MAX		(512 * 1024)	/* bytes of the document */
#define PROBE_WAVEFORM_MAX		(16 * 1024)	/* bytes of the waveform */

typedef struct ProbeAnswer
{
	ProbeCode	code;			/* PROBE_OK: a sound; else why the file is none */
	uint32_t	waveform_size;	/* bytes that were to come with it; 0 when code is not PROBE_OK */
	uint32_t	cover_size;		/* bytes; 0: there is no cover */
	const char *cover_type;		/* image/png or image/jpeg; static, NULL when there is none */
	void	   *document;		/* what is kept of it, for probe_answer_document */
} ProbeAnswer;

/* Reads an answer. False when it is none; *answer is then empty. probe_answer_free frees it. */
extern bool probe_answer_read(const char *bytes, size_t len, ProbeAnswer *answer);

/*
 * Writes the document that the database is told: what was read, each member of its type, and the
 * hashes of the files that were made of the waveform and the cover (NULL: there is none). The caller
 * frees it; NULL when there is no memory.
 */
extern char *probe_answer_document(const ProbeAnswer *answer, const char *waveform_hash, const char *cover_hash);

/* The code of a refusal, as a text; static. */
extern const char *probe_answer_code(ProbeCode code);

/* Frees what was read. */
extern void probe_answer_free(ProbeAnswer *answer);

#endif							/* VEZA_WORK_PROBE_ANSWER_H */
