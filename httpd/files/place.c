/*
 * place.c
 *		Where uploaded files are (see place.h).
 */
#include "place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/log.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "../database/ask.h"
#include "kind.h"

#define HASH_LEN 64
#define SHELVES 256
#define SHELF_NAME_SIZE 64
#define LEFTOVER_S 3600
#define ANSWER_MS 10000

/* path_of writes a path below UPLOAD_DIR; false when it does not fit. */
static bool
path_of(char path[PLACE_MAX], const char *directory, const char *name)
{
	int			n = snprintf(path, PLACE_MAX, "%s/%s%s%s", config_text(CONFIG_UPLOAD_DIR), directory, name[0] ? "/" : "", name);

	if (n > 0 && n < PLACE_MAX)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

/* make_directory makes a directory, or finds it there. */
static bool
make_directory(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* is_hash says whether a name is one of a content: nothing else ever becomes a path. */
static bool
is_hash(const char *name)
{
	return strspn(name, "0123456789abcdef") == HASH_LEN && name[HASH_LEN] == '\0';
}

/* place_of writes the path of a content in its kind's directory, and of the shelf there that it is on. */
static bool
place_of(const char *directory, const char *hash, char shelf[PLACE_MAX], char path[PLACE_MAX])
{
	char		name[SHELF_NAME_SIZE];

	if (!is_hash(hash))
	{
		errno = EINVAL;
		return false;
	}
	snprintf(name, sizeof(name), "%s/%.2s", directory, hash);
	return path_of(shelf, name, "") && path_of(path, name, hash);
}

/* sync_directory makes what happened to a directory's names durable. */
static bool
sync_directory(const char *path)
{
	int			fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool		ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* each_name calls visit for every name in a directory. */
static void
each_name(const char *directory, void (*visit) (const char *directory, const char *name, void *state), void *state)
{
	struct dirent **names = NULL;
	int			n = scandir(directory, &names, NULL, alphasort);

	for (int i = 0; i < n; i++)
	{
		if (names[i]->d_name[0] != '.')
			visit(directory, names[i]->d_name, state);
		free(names[i]);
	}
	free(names);
}

/* remove_leftover removes what a process that died has left in the spool; younger files may be another process's. */
static void
remove_leftover(const char *directory, const char *name, void *state)
{
	char		path[PLACE_MAX];
	struct stat about;
	int			n = snprintf(path, sizeof(path), "%s/%s", directory, name);

	(void) state;
	if (n > 0 && n < PLACE_MAX && stat(path, &about) == 0 && time(NULL) - about.st_mtime > LEFTOVER_S)
		unlink(path);
}

bool
place_init(void)
{
	char		path[PLACE_MAX];
	const char *directory;

	if (!make_directory(config_text(CONFIG_UPLOAD_DIR)))
		return false;
	for (size_t i = 0; (directory = kind_directory(i)) != NULL; i++)
		if (!path_of(path, directory, "") || !make_directory(path))
			return false;
	if (!path_of(path, "partial", "") || !make_directory(path))
		return false;
	if (!path_of(path, "spool", "") || !make_directory(path) || access(path, W_OK | X_OK) != 0)
		return false;
	each_name(path, remove_leftover, NULL);
	return true;
}

/* can_write says whether names can be made in a directory below UPLOAD_DIR. */
static bool
can_write(const char *directory)
{
	char		path[PLACE_MAX];

	return path_of(path, directory, "") && access(path, W_OK | X_OK) == 0;
}

const char *
place_problem(void)
{
	const char *directory;
	bool		ok = can_write("spool");

	for (size_t i = 0; ok && (directory = kind_directory(i)) != NULL; i++)
		ok = can_write(directory);
	return ok ? NULL : "UPLOAD_DIR cannot be written";
}

bool
place_in_spool(const char *name, char path[PLACE_MAX])
{
	return path_of(path, "spool", name);
}

bool
place_in_partial(const char *directory, const char *name, char path[PLACE_MAX])
{
	char		below[SHELF_NAME_SIZE];

	if (directory[0] == '\0')
		return path_of(path, "partial", "");
	if ((size_t) snprintf(below, sizeof(below), "partial/%s", directory) >= sizeof(below))
	{
		errno = ENAMETOOLONG;
		return false;
	}
	return path_of(path, below, name);
}

bool
place_publish(const char *spool, const char *directory, const char *hash)
{
	char		shelf[PLACE_MAX];
	char		path[PLACE_MAX];
	char		shelves[PLACE_MAX];

	return place_of(directory, hash, shelf, path) && path_of(shelves, directory, "") && make_directory(shelf) &&
		rename(spool, path) == 0 && sync_directory(shelf) && sync_directory(shelves);
}

int
place_open(const char *directory, const char *hash, uint64_t *size)
{
	char		shelf[PLACE_MAX];
	char		path[PLACE_MAX];
	struct stat about;
	int			fd;

	if (!place_of(directory, hash, shelf, path) || (fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return -1;
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode))
	{
		*size = (uint64_t) about.st_size;
		return fd;
	}
	close(fd);
	return -1;
}

/* Whom to tell of the files of a kind's directory. */
typedef struct Visit
{
	const char *directory;
	void		(*visit) (const char *directory, const char *name, void *state);
	void	   *state;
} Visit;

/* visit_file tells of a file, whatever shelf it is on. */
static void
visit_file(const char *shelf, const char *name, void *state)
{
	const Visit *v = state;

	(void) shelf;
	v->visit(v->directory, name, v->state);
}

/* A list of contents, as an array literal of PostgreSQL. */
typedef struct HashList
{
	char	   *text;
	size_t		len;
	size_t		size;
} HashList;

/* is_old says whether a file was last published longer ago than UPLOAD_SWEEP_AGE. */
static bool
is_old(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && (int64_t) (time(NULL) - about.st_mtime) * 1000 >= config_int(CONFIG_UPLOAD_SWEEP_AGE);
}

/* note_old adds an old file to the list. */
static void
note_old(const char *directory, const char *name, void *state)
{
	HashList   *list = state;
	char		path[PLACE_MAX];
	int			n = snprintf(path, sizeof(path), "%s/%s", directory, name);

	if (n <= 0 || n >= PLACE_MAX || !is_hash(name) || !is_old(path))
		return;
	if (list->len + HASH_LEN + 3 > list->size)
	{
		list->size = 2 * list->size + 4096;
		if ((list->text = realloc(list->text, list->size)) == NULL)
			abort();
	}
	list->len += (size_t) snprintf(list->text + list->len, list->size - list->len, "%s%s", list->len > 0 ? "," : "{", name);
}

/*
 * remove_file removes a file that nothing names. It is taken aside first, under
 * a name that no other process takes: one that was published again meanwhile
 * is new, and goes back.
 */
static void
remove_file(const char *directory, const char *hash)
{
	char		shelf[PLACE_MAX];
	char		path[PLACE_MAX];
	char		aside[PLACE_MAX];
	char		name[HASH_LEN + 2 * sizeof(uint64_t) + 2];
	uint64_t	random;

	randombytes_buf(&random, sizeof(random));
	snprintf(name, sizeof(name), "%s-%016" PRIx64, hash, random);
	if (!place_of(directory, hash, shelf, path) || !path_of(aside, "spool", name) || rename(path, aside) != 0)
		return;
	if (is_old(aside))
		unlink(aside);
	else if (link(aside, path) == 0 || errno == EEXIST)
		unlink(aside);
}

/* remove_files removes the files of an array literal. */
static void
remove_files(const char *directory, char *hashes)
{
	char	   *rest;

	for (char *hash = strtok_r(hashes, "{,}", &rest); hash != NULL; hash = strtok_r(NULL, "{,}", &rest))
		remove_file(directory, hash);
}

/* sweep_shelf asks the database about the old files of one shelf. */
static void
sweep_shelf(const char *directory, int number, PGconn *conn)
{
	HashList	list = {NULL, 0, 0};
	char		name[SHELF_NAME_SIZE];
	char		shelf[PLACE_MAX];
	PGresult   *r = NULL;

	snprintf(name, sizeof(name), "%s/%02x", directory, (unsigned) number % SHELVES);
	if (path_of(shelf, name, ""))
		each_name(shelf, note_old, &list);
	if (list.text != NULL)
	{
		const char *values[1] = {list.text};

		list.text[list.len] = '}';
		list.text[list.len + 1] = '\0';
		r = ask(conn, "select veza.unnamed_files($1)", 1, values, ANSWER_MS);
		if (PQresultStatus(r) != PGRES_TUPLES_OK)
			log_line(LOG_ERROR, "files cannot be swept", "error", PQresultErrorMessage(r), NULL);
		else
			remove_files(directory, PQgetvalue(r, 0, 0));
	}
	PQclear(r);
	free(list.text);
}

void
place_each(const char *directory, void (*visit) (const char *directory, const char *name, void *state), void *state)
{
	char		name[SHELF_NAME_SIZE];
	char		shelf[PLACE_MAX];
	Visit		each = {directory, visit, state};

	for (int i = 0; i < SHELVES; i++)
	{
		snprintf(name, sizeof(name), "%s/%02x", directory, (unsigned) i);
		if (path_of(shelf, name, ""))
			each_name(shelf, visit_file, &each);
	}
}

bool
place_is_old(const char *directory, const char *hash)
{
	char		shelf[PLACE_MAX];
	char		path[PLACE_MAX];

	return place_of(directory, hash, shelf, path) && is_old(path);
}

bool
place_sweep(PGconn *conn, int64_t until_ms)
{
	static int	shelf;			/* of all directories, one after the other */
	const char *directory;
	char		spool[PLACE_MAX];

	while ((directory = kind_directory((size_t) (shelf / SHELVES))) != NULL)
	{
		if (monotonic_ms() >= until_ms)
			return false;
		sweep_shelf(directory, shelf++ % SHELVES, conn);
	}
	shelf = 0;
	if (path_of(spool, "spool", ""))
		each_name(spool, remove_leftover, NULL);
	return true;
}
