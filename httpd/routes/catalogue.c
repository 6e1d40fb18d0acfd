/*
 * catalogue.c
 *		The words of the interface (see catalogue.h).
 */
#include "catalogue.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../database/ask.h"

#define LANGUAGES_MAX 16
#define GAPS_MAX 4

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

/* compare_translations sorts translations by language and sentence. */
static int
compare_translations(const void *a, const void *b)
{
	const Translation *x = a;
	const Translation *y = b;
	int			order = strcmp(x->language, y->language);

	return order != 0 ? order : strcmp(x->english, y->english);
}

/* copy_field returns a malloc'd copy of a field of a result. */
static char *
copy_field(const PGresult *rows, int row, const char *column)
{
	char	   *text = strdup(PQgetvalue(rows, row, PQfnumber(rows, column)));

	if (text == NULL)
		abort();
	return text;
}

/* read_errors takes the errors out of the rows of veza.error_catalogue(). */
static void
read_errors(Catalogue *c, const PGresult *rows)
{
	c->nerrors = PQntuples(rows);
	c->errors = calloc((size_t) c->nerrors + 1, sizeof(*c->errors));
	for (int i = 0; i < c->nerrors; i++)
	{
		CatalogueEntry *e = &c->errors[i];

		e->code = copy_field(rows, i, "code");
		e->sqlstate = copy_field(rows, i, "sqlstate");
		e->http_status = atoi(PQgetvalue(rows, i, PQfnumber(rows, "http_status")));
		e->message = copy_field(rows, i, "message");
		e->hint = copy_field(rows, i, "hint");
	}
}

/* read_translations takes translations and languages out of the rows of veza.translations(), sorted for the search. */
static void
read_translations(Catalogue *c, const PGresult *rows)
{
	size_t		nlanguages = 0;

	c->ntranslations = (size_t) PQntuples(rows);
	c->translations = calloc(c->ntranslations + 1, sizeof(*c->translations));
	for (size_t i = 0; i < c->ntranslations; i++)
	{
		c->translations[i].language = copy_field(rows, (int) i, "language");
		c->translations[i].english = copy_field(rows, (int) i, "english");
		c->translations[i].text = copy_field(rows, (int) i, "translation");
	}
	qsort(c->translations, c->ntranslations, sizeof(*c->translations), compare_translations);
	c->languages[nlanguages++] = "en";
	for (size_t i = 0; i < c->ntranslations && nlanguages < LANGUAGES_MAX; i++)
		if (i == 0 || strcmp(c->translations[i].language, c->translations[i - 1].language) != 0)
			c->languages[nlanguages++] = c->translations[i].language;
}

Catalogue *
catalogue_load(PGconn *conn)
{
	PGresult   *errors = ask(conn, "select * from veza.error_catalogue()", 0, NULL, LOAD_MS);
	PGresult   *translations = ask(conn, "select * from veza.translations()", 0, NULL, LOAD_MS);
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

/* What stood for the % of a pattern. */
typedef struct Gap
{
	const char *text;
	size_t		len;
} Gap;

/* match_pattern says whether a sentence fits a pattern, and what stands for each of its %. */
static bool
match_pattern(const char *pattern, const char *sentence, Gap gaps[GAPS_MAX])
{
	int			ngaps = 0;

	for (;;)
	{
		size_t		literal = strcspn(pattern, "%");
		const char *next;

		if (strncmp(pattern, sentence, literal) != 0)
			return false;
		pattern += literal;
		sentence += literal;
		if (*pattern == '\0')
			return *sentence == '\0';
		if (ngaps == GAPS_MAX)
			return false;
		/* The last literal must end the sentence, one in between is taken where it first stands. */
		literal = strcspn(++pattern, "%");
		if (pattern[literal] == '\0')
			next = strlen(sentence) >= literal ? sentence + strlen(sentence) - literal : NULL;
		else
			next = memmem(sentence, strlen(sentence), pattern, literal);
		if (next == NULL)
			return false;
		gaps[ngaps++] = (Gap) {sentence, (size_t) (next - sentence)};
		sentence = next;
	}
}

/* fill_pattern puts what was found into the translation of the pattern; malloc'd. */
static char *
fill_pattern(const char *pattern, const Gap gaps[GAPS_MAX])
{
	char	   *text = NULL;
	size_t		size;
	FILE	   *out = open_memstream(&text, &size);
	int			n = 0;

	if (out == NULL)
		abort();
	for (const char *p = pattern; *p != '\0'; p++)
	{
		if (*p == '%' && n < GAPS_MAX && gaps[n].text != NULL)
		{
			fwrite(gaps[n].text, 1, gaps[n].len, out);
			n++;
		}
		else
			fputc(*p, out);
	}
	fclose(out);
	return text;
}

char *
catalogue_translate(const Catalogue *c, const char *language, const char *english)
{
	Translation wanted = {(char *) language, (char *) english, NULL};
	const Translation *found;

	if (english == NULL)
		return NULL;
	if (c == NULL || strcmp(language, "en") == 0)
		return strdup(english);
	found = bsearch(&wanted, c->translations, c->ntranslations, sizeof(*c->translations), compare_translations);
	if (found != NULL)
		return strdup(found->text);
	for (size_t i = 0; i < c->ntranslations; i++)
	{
		const Translation *t = &c->translations[i];
		Gap			gaps[GAPS_MAX] = {0};

		if (strchr(t->english, '%') != NULL && strcmp(t->language, language) == 0 && match_pattern(t->english, english, gaps))
			return fill_pattern(t->text, gaps);
	}
	return strdup(english);
}

const char *const *
catalogue_languages(const Catalogue *c)
{
	return c ? c->languages : only_english;
}
