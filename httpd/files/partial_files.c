/*
 * partial_files.c
 *		The files of uploads that come in several requests (see partial_files.h).
 */
#include "partial_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../config/config.h"

bool
partial_path(const char *user, const char *id, const char *ending, char path[PLACE_MAX])
{
	char		name[PARTIAL_NAME_SIZE];

	snprintf(name, sizeof(name), "%s%s", id, ending);
	return place_in_partial(user, name, path);
}

void
partial_remove(const char *user, const char *id, const char *but)
{
	static const char *const endings[] = {"", PARTIAL_DESCRIPTION, PARTIAL_ANSWER};
	char		path[PLACE_MAX];

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if ((but == NULL || strcmp(endings[i], but) != 0) && partial_path(user, id, endings[i], path))
			unlink(path);
}

bool
partial_write_small(const char *user, const char *id, const char *ending, const char *content)
{
	char		path[PLACE_MAX];
	char		fresh[PLACE_MAX];
	size_t		len = strlen(content);
	int			fd = partial_path(user, id, ending, path) && partial_path(user, id, ".new", fresh)
		? open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
	bool		ok = fd >= 0 && write(fd, content, len) == (ssize_t) len && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok && rename(fresh, path) == 0;
}

char *
partial_read_small(const char *user, const char *id, const char *ending, size_t max)
{
	char		path[PLACE_MAX];
	char	   *text = malloc(max + 1);
	int			fd = partial_path(user, id, ending, path) ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
	ssize_t		n = fd >= 0 ? read(fd, text, max) : -1;

	if (text == NULL)
		abort();
	if (fd >= 0)
		close(fd);
	if (n < 0)
	{
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

/* open_directory opens a directory to be listed, and says which descriptor that is; NULL: it cannot be opened. */
static DIR *
open_directory(const char *path, int *fd)
{
	DIR		   *d;

	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return NULL;
	if ((d = fdopendir(*fd)) == NULL)
		close(*fd);
	return d;
}

PartialOldest
partial_oldest(const char *directory)
{
	PartialOldest oldest = {.n = 0};
	int			fd;
	DIR		   *d = open_directory(directory, &fd);

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
	{
		struct stat about;

		if (strlen(e->d_name) != TUS_ID_LEN || fstatat(fd, e->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (oldest.n++ == 0 || about.st_mtime < oldest.changed)
		{
			memcpy(oldest.id, e->d_name, sizeof(oldest.id));
			oldest.changed = about.st_mtime;
		}
	}
	if (d != NULL)
		closedir(d);
	return oldest;
}

/* has_bytes says whether a file describes an upload whose bytes are there, and goes with them. */
static bool
has_bytes(int directory, const char *name)
{
	char		id[TUS_ID_LEN + 1];

	snprintf(id, sizeof(id), "%.*s", TUS_ID_LEN, name);
	return strlen(name) > TUS_ID_LEN && strcmp(name + TUS_ID_LEN, PARTIAL_DESCRIPTION) == 0 &&
		faccessat(directory, id, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* sweep_directory removes what has expired of a user's uploads, and the directory when nothing is left. */
static void
sweep_directory(const char *directory)
{
	int			fd;
	DIR		   *d = open_directory(directory, &fd);

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
	{
		struct stat about;

		if (e->d_name[0] != '.' && fstatat(fd, e->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
			(int64_t) (time(NULL) - about.st_mtime) * 1000 >= config_int(CONFIG_UPLOAD_EXPIRY) && !has_bytes(fd, e->d_name))
			unlinkat(fd, e->d_name, 0);
	}
	if (d != NULL)
		closedir(d);
	rmdir(directory);
}

void
partial_sweep(void)
{
	char		path[PLACE_MAX];
	char		directory[PLACE_MAX];
	DIR		   *d = place_in_partial("", "", path) ? opendir(path) : NULL;

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.' && place_in_partial(e->d_name, "", directory))
			sweep_directory(directory);
	if (d != NULL)
		closedir(d);
}
