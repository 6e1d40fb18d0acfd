/*
 * derived.c
 *		Files that we have made of an uploaded one (see derived.h). What another
 *		program has cut out of a stranger's file is judged like what the stranger sends.
 */
#include "derived.h"

#include <string.h>

VzError
derived_store(const FileKind *kind, const void *bytes, size_t len, Derived *out)
{
	Spool		s;

	memset(out, 0, sizeof(*out));
	spool_begin(&s, NULL);
	spool_write(&s, bytes, len);
	spool_finish(&s, kind);
	spool_discard(&s);
	if (s.problem != VZ_ERROR_COUNT)
		return s.problem;
	out->size = len;
	out->facts = s.facts;
	memcpy(out->hash, s.hash, sizeof(out->hash));
	return VZ_ERROR_COUNT;
}
