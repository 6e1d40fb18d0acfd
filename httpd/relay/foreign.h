/*
 * foreign.h
 *		Reading somebody else's JSON by an allow-list.
 *
 * A document from outside may carry anything in members that nobody reads:
 * NUL escapes, halves of surrogate pairs, duplicate names, numbers without
 * bounds, bytes that are no UTF-8. None of it may break the members that are
 * read. Pure: no JSON library, no allocation but the result.
 */
#ifndef VEZA_FOREIGN_H
#define VEZA_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

/* A member that is read, at whatever depth; everything else is passed over with all that it holds. */
typedef struct ForeignName
{
	const char *name;
	bool		is_free_text;	/* words for people: what cannot be read in them becomes U+FFFD */
} ForeignName;

/*
 * Copies an object with the named members alone; values are copied as they
 * stand, so that whoever parses the copy judges them. malloc'd text, or NULL
 * when the document is no complete object or holds what is read too deep.
 */
extern char *foreign_keep(const char *text, size_t length, const ForeignName *names, size_t nnames);

#endif							/* VEZA_FOREIGN_H */
