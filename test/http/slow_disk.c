/*
 * slow_disk.c
 *		A disk that hangs, for 64-slow-disk.t: preloaded, it holds up calls to files.
 *
 * SLOW_DISK names a directory. A file that is opened while SLOW_DISK/mark is
 * there, below a path that the file's first line names, is marked with the
 * letters of its second line: o open, w write, s fsync, r read, n rename, u unlink,
 * c close. A marked call waits for as long as SLOW_DISK/hang is there. A read that
 * must not wait is answered as the kernel answers it when it would have to.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 4096
#define REAL(name, ...) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name)) (__VA_ARGS__)

static char marks[FILES][16];

/* is_there says whether a file of SLOW_DISK is there. */
static int
is_there(const char *name)
{
	char		path[1024];
	const char *directory = getenv("SLOW_DISK");

	snprintf(path, sizeof(path), "%s/%s", directory ? directory : "/nonexistent", name);
	return access(path, F_OK) == 0;
}

/* mark_of copies the letters with which a path is marked now. */
static void
mark_of(const char *path, char letters[16])
{
	char		name[1024];
	char		below[512] = "";
	const char *directory = getenv("SLOW_DISK");
	FILE	   *f;

	letters[0] = '\0';
	snprintf(name, sizeof(name), "%s/mark", directory ? directory : "/nonexistent");
	if ((f = fopen(name, "re")) == NULL)
		return;
	if (fscanf(f, "%511s %15s", below, letters) != 2 || strstr(path, below) == NULL)
		letters[0] = '\0';
	fclose(f);
}

/* hang waits as long as the disk hangs, if the letter is among these. */
static void
hang(const char *letters, char letter)
{
	while (strchr(letters, letter) != NULL && is_there("hang"))
		usleep(10000);
}

/* mark returns the letters of an open file. */
static char *
mark(int fd)
{
	static char none[16];

	return fd >= 0 && fd < FILES ? marks[fd] : none;
}

/* open marks the file, and waits before it opens it. */
int
open(const char *path, int flags, ...)
{
	va_list		args;
	mode_t		mode;
	char		letters[16];
	int			fd;

	va_start(args, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	mark_of(path, letters);
	hang(letters, 'o');
	fd = REAL(open, path, flags, mode);
	if (fd >= 0 && fd < FILES)
		memcpy(marks[fd], letters, sizeof(letters));
	return fd;
}

/* close forgets the mark, and waits before it closes. */
int
close(int fd)
{
	char		letters[16];

	memcpy(letters, mark(fd), sizeof(letters));
	hang(letters, 'c');
	if (letters[0] != '\0')
		mark(fd)[0] = '\0';
	return REAL(close, fd);
}

/* write waits before it writes. */
ssize_t
write(int fd, const void *data, size_t len)
{
	hang(mark(fd), 'w');
	return REAL(write, fd, data, len);
}

/* pread waits before it reads. */
ssize_t
pread(int fd, void *data, size_t len, off_t at)
{
	hang(mark(fd), 'r');
	return REAL(pread, fd, data, len, at);
}

/* preadv2 waits before it reads, or says that it would have to. */
ssize_t
preadv2(int fd, const struct iovec *parts, int n, off_t at, int flags)
{
	if ((flags & RWF_NOWAIT) != 0 && strchr(mark(fd), 'r') != NULL && is_there("hang"))
	{
		errno = EAGAIN;
		return -1;
	}
	hang(mark(fd), 'r');
	return REAL(preadv2, fd, parts, n, at, flags);
}

/* sendfile64 waits before it reads. */
ssize_t
sendfile64(int out, int in, off64_t *at, size_t len)
{
	hang(mark(in), 'r');
	return REAL(sendfile64, out, in, at, len);
}

/* fsync waits before it makes anything durable. */
int
fsync(int fd)
{
	hang(mark(fd), 's');
	return REAL(fsync, fd);
}

/* rename waits before it moves a marked path. */
int
rename(const char *from, const char *to)
{
	char		letters[16];

	mark_of(from, letters);
	hang(letters, 'n');
	return REAL(rename, from, to);
}

/* unlink waits before it removes a marked path. */
int
unlink(const char *path)
{
	char		letters[16];

	mark_of(path, letters);
	hang(letters, 'u');
	return REAL(unlink, path);
}
