/*
 * catalogue.c
 *		The words of the interface (see catalogue.h).
 */
#include "catalogue.h"

#include <stdlib.h>
#include <string.h>

#define LANGUAGES_MAX 16

typedef struct Translation
{
	char	   *language;
	char	   *english;
	char	   *text;
} Translation;

struct Catalogue
{
	CatalogueEntry *errors;
	int			nerrors;
	Translation *translations;	/* sorted */
	size_t		ntranslations;
	const char *languages[LANGUAGES_MAX + 1];
};

static const char *const only_english[] = {"en", NULL};

/* compare sorts translations by language and sentence. */
static int
compare(const void *a, const void *b)
{
	const Translation *x = a;
	const Translation *y = b;
	int			order = strcmp(x->language, y->language);

	return order != 0 ? order : strcmp(x->english, y->english);
}

/* text_of returns a copy of a field. */
static char *
text_of(const PGresult *rows, int row, const char *column)
{
	char	   *text = strdup(PQgetvalue(rows, row, PQfnumber(rows, column)));

	if (text == NULL)
		abort();
	return text;
}

/* read_errors fills the errors. */
static void
read_errors(Catalogue *c, const PGresult *rows)
{
	c->nerrors = PQntuples(rows);
	c->errors = calloc((size_t) c->nerrors + 1, sizeof(*c->errors));
	for (int i = 0; i < c->nerrors; i++)
	{
		CatalogueEntry *e = &c->errors[i];

		e->code = text_of(rows, i, "code");
		e->sqlstate = text_of(rows, i, "sqlstate");
		e->http_status = atoi(PQgetvalue(rows, i, PQfnumber(rows, "http_status")));
		e->message = text_of(rows, i, "message");
		e->hint = text_of(rows, i, "hint");
	}
}

/* read_translations fills the translations and the list of languages. */
static void
read_translations(Catalogue *c, const PGresult *rows)
{
	size_t		nlanguages = 0;

	c->ntranslations = (size_t) PQntuples(rows);
	c->translations = calloc(c->ntranslations + 1, sizeof(*c->translations));
	for (size_t i = 0; i < c->ntranslations; i++)
	{
		c->translations[i].language = text_of(rows, (int) i, "language");
		c->translations[i].english = text_of(rows, (int) i, "english");
		c->translations[i].text = text_of(rows, (int) i, "translation");
	}
	qsort(c->translations, c->ntranslations, sizeof(*c->translations), compare);
	c->languages[nlanguages++] = "en";
	for (size_t i = 0; i < c->ntranslations && nlanguages < LANGUAGES_MAX; i++)
		if (i == 0 || strcmp(c->translations[i].language, c->translations[i - 1].language) != 0)
			c->languages[nlanguages++] = c->translations[i].language;
}

Catalogue *
catalogue_load(PGconn *conn)
{
	PGresult   *errors = PQexec(conn, "select * from veza.error_catalogue()");
	PGresult   *translations = PQexec(conn, "select * from veza.translations()");
	Catalogue  *c = NULL;

	if (PQresultStatus(errors) == PGRES_TUPLES_OK && PQresultStatus(translations) == PGRES_TUPLES_OK)
	{
		if ((c = calloc(1, sizeof(*c))) == NULL)
			abort();
		read_errors(c, errors);
		read_translations(c, translations);
	}
	PQclear(errors);
	PQclear(translations);
	return c;
}

void
catalogue_free(Catalogue *c)
{
	if (c == NULL)
		return;
	for (int i = 0; i < c->nerrors; i++)
	{
		free(c->errors[i].code);
		free(c->errors[i].sqlstate);
		free(c->errors[i].message);
		free(c->errors[i].hint);
	}
	for (size_t i = 0; i < c->ntranslations; i++)
	{
		free(c->translations[i].language);
		free(c->translations[i].english);
		free(c->translations[i].text);
	}
	free(c->errors);
	free(c->translations);
	free(c);
}

const CatalogueEntry *
catalogue_error(const Catalogue *c, const char *sqlstate)
{
	for (int i = 0; c != NULL && i < c->nerrors; i++)
		if (strcmp(c->errors[i].sqlstate, sqlstate) == 0)
			return &c->errors[i];
	return NULL;
}

const char *
catalogue_translate(const Catalogue *c, const char *language, const char *english)
{
	Translation wanted = {(char *) language, (char *) english, NULL};
	const Translation *found;

	if (c == NULL || english == NULL || strcmp(language, "en") == 0)
		return english;
	found = bsearch(&wanted, c->translations, c->ntranslations, sizeof(*c->translations), compare);
	return found ? found->text : english;
}

const char *const *
catalogue_languages(const Catalogue *c)
{
	return c ? c->languages : only_english;
}
