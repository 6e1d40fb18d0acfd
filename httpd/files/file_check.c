/*
 * file_check.c
 *		Do files and rows fit? (see file_check.h)
 *
 * A file is there before its row, and goes after it. So a row without a file is
 * a problem unless the row has gone meanwhile, and a file without a row is one
 * only when it is so old that the sweep should have taken it.
 */
#include "file_check.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../database/ask.h"
#include "kind.h"
#include "place.h"

#define ROWS_MAX	"1000"
#define ANSWER_MS	60000
#define BLOCK_SIZE	(256 * 1024)
#define HASH_SIZE	(2 * crypto_hash_sha256_BYTES + 1)

/* A check under way. */
typedef struct Check
{
	PGconn	   *conn;
	FILE	   *out;
	long		nrows;
	long		nfiles;
	long		nyoung;			/* files without a row that the sweep leaves alone so far */
	int			nproblems;
	bool		has_failed;		/* the database does not answer */
} Check;

/* tell_problem writes a line. */
static void
tell_problem(Check *c, const char *directory, const char *hash, const char *what)
{
	fprintf(c->out, "%s/%s: %s\n", directory, hash, what);
	c->nproblems++;
}

/* has_row asks whether a row names the file now. */
static bool
has_row(Check *c, const char *hash)
{
	const char *values[1] = {hash};
	PGresult   *r = ask(c->conn, "select veza.unnamed_files(array[$1::text]) = '{}'", 1, values, ANSWER_MS);
	bool		named = PQresultStatus(r) != PGRES_TUPLES_OK || PQgetvalue(r, 0, 0)[0] == 't';

	c->has_failed = c->has_failed || PQresultStatus(r) != PGRES_TUPLES_OK;
	PQclear(r);
	return named;
}

/* hash_file computes the hash of an open file; false with errno when it cannot be read. */
static bool
hash_file(int fd, char hash[HASH_SIZE])
{
	static unsigned char block[BLOCK_SIZE];
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	ssize_t		n;

	crypto_hash_sha256_init(&state);
	while ((n = read(fd, block, sizeof(block))) != 0)
	{
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		crypto_hash_sha256_update(&state, block, (unsigned long long) n);
	}
	crypto_hash_sha256_final(&state, digest);
	sodium_bin2hex(hash, HASH_SIZE, digest, sizeof(digest));
	return true;
}

/* judge_file says what is wrong with the file of a row, or NULL. */
static const char *
judge_file(const char *directory, const char *hash, long long size)
{
	char		found[HASH_SIZE];
	const char *problem = NULL;
	uint64_t	length;
	int			fd = place_open(directory, hash, &length);

	if (fd < 0)
		return errno == ENOENT ? "is missing" : strerror(errno);
	if (length != (uint64_t) size)
		problem = "has another size than its row";
	else if (!hash_file(fd, found))
		problem = "cannot be read";
	else if (strcmp(found, hash) != 0)
		problem = "has another content than its name";
	close(fd);
	return problem;
}

/* check_row looks at the file that a row names. */
static void
check_row(Check *c, const char *hash, const char *size, const char *type)
{
	const FileType *entry;
	const FileKind *kind = kind_sent_as(type, &entry);
	const char *directory = kind ? kind->directory : kind_directory(0);
	const char *problem = judge_file(directory, hash, atoll(size));

	c->nrows++;
	if (problem != NULL && has_row(c, hash))
		tell_problem(c, directory, hash, problem);
}

/* check_rows looks at every row. */
static void
check_rows(Check *c)
{
	char		after[HASH_SIZE] = "";
	int			n;

	do
	{
		const char *values[1] = {after};
		PGresult   *r = ask(c->conn, "select hash, size, type from veza.file_rows($1, " ROWS_MAX ")", 1, values, ANSWER_MS);

		n = PQntuples(r);
		c->has_failed = c->has_failed || PQresultStatus(r) != PGRES_TUPLES_OK;
		for (int i = 0; i < n; i++)
			check_row(c, PQgetvalue(r, i, 0), PQgetvalue(r, i, 1), PQgetvalue(r, i, 2));
		if (n > 0)
			snprintf(after, sizeof(after), "%s", PQgetvalue(r, n - 1, 0));
		PQclear(r);
	} while (n > 0 && !c->has_failed);
}

/* check_file asks whether a row names a file that is there. */
static void
check_file(const char *directory, const char *name, void *state)
{
	Check	   *c = state;

	c->nfiles++;
	if (strspn(name, "0123456789abcdef") != HASH_SIZE - 1 || name[HASH_SIZE - 1] != '\0')
		tell_problem(c, directory, name, "is none of ours");
	else if (!c->has_failed && !has_row(c, name))
	{
		if (place_is_old(directory, name))
			tell_problem(c, directory, name, "is named by no row");
		else
			c->nyoung++;
	}
}

int
file_check(PGconn *conn, FILE *out)
{
	Check		c = {.conn = conn, .out = out};
	const char *directory;

	check_rows(&c);
	for (size_t i = 0; (directory = kind_directory(i)) != NULL; i++)
		place_each(directory, check_file, &c);
	fprintf(out, "%ld rows, %ld files, %ld of them named by no row and younger than UPLOAD_SWEEP_AGE; %d problem%s\n", c.nrows, c.nfiles,
			c.nyoung, c.nproblems, c.nproblems == 1 ? "" : "s");
	if (!c.has_failed)
		return c.nproblems;
	fprintf(out, "the database cannot be asked: %s", PQerrorMessage(conn));
	return -1;
}
