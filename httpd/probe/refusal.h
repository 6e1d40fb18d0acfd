/*
 * refusal.h
 *		Why a file is no track: the codes that veza-probe answers, and the worker
 *		of veza-httpd reads. Pure: a list. docs/probe.md says what each means.
 */
#ifndef VEZA_PROBE_REFUSAL_H
#define VEZA_PROBE_REFUSAL_H

#define PROBE_REFUSALS(X) \
	X(EMPTY, "empty") \
	X(UNSUPPORTED, "unsupported") \
	X(UNDECODABLE, "undecodable") \
	X(TRUNCATED, "truncated") \
	X(TOO_LONG, "too_long") \
	X(NOT_FINITE, "not_finite") \
	X(POLYGLOT, "polyglot") \
	X(TOO_COMPLEX, "too_complex") \
	X(NO_DECODER, "no_decoder")

typedef enum ProbeCode
{
	PROBE_OK,
#define PROBE_CODE(name, text) PROBE_##name,
	PROBE_REFUSALS(PROBE_CODE)
#undef PROBE_CODE
	PROBE_CODES,
} ProbeCode;

#endif							/* VEZA_PROBE_REFUSAL_H */
