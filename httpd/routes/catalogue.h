/*
 * catalogue.h
 *		The words of the interface: errors, and translations of sentences. An
 *		error's SQLSTATE or an English sentence goes in, its code or the
 *		reader's sentence comes out.
 *
 * Loaded with the routes by the control thread; never changes afterwards, so
 * any thread reads it.
 */
#ifndef VEZA_CATALOGUE_H
#define VEZA_CATALOGUE_H

#include <libpq-fe.h>

typedef struct Catalogue Catalogue;

/* An error as the database has it; its sentences are English. */
typedef struct CatalogueEntry
{
	char	   *code;
	char	   *sqlstate;
	int			http_status;
	char	   *message;
	char	   *hint;
} CatalogueEntry;

/* Loads errors and translations; NULL when that fails. Free it with catalogue_free, which takes NULL, too. */
extern Catalogue *catalogue_load(PGconn *conn);
extern void catalogue_free(Catalogue *c);

/* The error of this SQLSTATE, or NULL; c may be NULL. */
extern const CatalogueEntry *catalogue_error(const Catalogue *c, const char *sqlstate);

/*
 * The sentence in the language, or the English one itself when there is no
 * translation; malloc'd, NULL for NULL. A % in the sentence of a translation
 * stands for what differs from case to case; it is taken over in order.
 */
extern char *catalogue_translate(const Catalogue *c, const char *language, const char *english);

/* The languages there are, English first, NULL at the end; c may be NULL. */
extern const char *const *catalogue_languages(const Catalogue *c);

#endif							/* VEZA_CATALOGUE_H */
