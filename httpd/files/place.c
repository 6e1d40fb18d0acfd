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

#define HASH_LEN 64
#define SHELVES 256
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

/* place_of writes the path of a content, and of the directory that it is in. */
static bool
place_of(const char *hash, char directory[PLACE_MAX], char path[PLACE_MAX])
{
	char		shelf[16];

	if (!is_hash(hash))
	{
		errno = EINVAL;
		return false;
	}
	snprintf(shelf, sizeof(shelf), "files/%.2s", hash);
	return path_of(directory, shelf, "") && path_of(path, shelf, hash);
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

	if (!make_directory(config_text(CONFIG_UPLOAD_DIR)) || !path_of(path, "files", "") || !make_directory(path) ||
		!path_of(path, "spool", "") || !make_directory(path) || access(path, W_OK | X_OK) != 0)
		return false;
	each_name(path, remove_leftover, NULL);
	return true;
}

const char *
place_problem(void)
{
	char		path[PLACE_MAX];

	return path_of(path, "spool", "") && access(path, W_OK | X_OK) == 0 && path_of(path, "files", "") &&
		access(path, W_OK | X_OK) == 0 ? NULL : "UPLOAD_DIR cannot be written";
}

bool
place_in_spool(const char *name, char path[PLACE_MAX])
{
	return path_of(path, "spool", name);
}

bool
place_publish(const char *spool, const char *hash)
{
	char		directory[PLACE_MAX];
	char		path[PLACE_MAX];
	char		files[PLACE_MAX];

	return place_of(hash, directory, path) && path_of(files, "files", "") && make_directory(directory) &&
		rename(spool, path) == 0 && sync_directory(directory) && sync_directory(files);
}

int
place_open(const char *hash, uint64_t *size)
{
	char		directory[PLACE_MAX];
	char		path[PLACE_MAX];
	struct stat about;
	int			fd;

	if (!place_of(hash, directory, path) || (fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return -1;
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode))
	{
		*size = (uint64_t) about.st_size;
		return fd;
	}
	close(fd);
	return -1;
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
remove_file(const char *hash)
{
	char		directory[PLACE_MAX];
	char		path[PLACE_MAX];
	char		aside[PLACE_MAX];
	char		name[HASH_LEN + 2 * sizeof(uint64_t) + 2];
	uint64_t	random;

	randombytes_buf(&random, sizeof(random));
	snprintf(name, sizeof(name), "%s-%016" PRIx64, hash, random);
	if (!place_of(hash, directory, path) || !path_of(aside, "spool", name) || rename(path, aside) != 0)
		return;
	if (is_old(aside))
		unlink(aside);
	else if (link(aside, path) == 0 || errno == EEXIST)
		unlink(aside);
}

/* remove_files removes the files of an array literal. */
static void
remove_files(char *hashes)
{
	char	   *rest;

	for (char *hash = strtok_r(hashes, "{,}", &rest); hash != NULL; hash = strtok_r(NULL, "{,}", &rest))
		remove_file(hash);
}

/* sweep_shelf asks the database about the old files of one directory. */
static void
sweep_shelf(int number, PGconn *conn)
{
	HashList	list = {NULL, 0, 0};
	char		shelf[16];
	char		directory[PLACE_MAX];
	PGresult   *r = NULL;

	snprintf(shelf, sizeof(shelf), "files/%02x", (unsigned) number % SHELVES);
	if (path_of(directory, shelf, ""))
		each_name(directory, note_old, &list);
	if (list.text != NULL)
	{
		const char *values[1] = {list.text};

		list.text[list.len] = '}';
		list.text[list.len + 1] = '\0';
		r = ask(conn, "select veza.unnamed_files($1)", 1, values, ANSWER_MS);
		if (PQresultStatus(r) != PGRES_TUPLES_OK)
			log_line(LOG_ERROR, "files cannot be swept", "error", PQresultErrorMessage(r), NULL);
		else
			remove_files(PQgetvalue(r, 0, 0));
	}
	PQclear(r);
	free(list.text);
}

bool
place_sweep(PGconn *conn, int64_t until_ms)
{
	static int	shelf;
	char		spool[PLACE_MAX];

	while (shelf < SHELVES)
	{
		if (monotonic_ms() >= until_ms)
			return false;
		sweep_shelf(shelf++, conn);
	}
	shelf = 0;
	if (path_of(spool, "spool", ""))
		each_name(spool, remove_leftover, NULL);
	return true;
}
