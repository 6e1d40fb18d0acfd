/*
 * profile.c
 *		CPU profiles (see profile.h).
 *
 * One timer of the whole process sends SIGPROF to whichever thread is using
 * the processor, so that every loop is in the profile in proportion. The
 * library wants to write a file; it gets one without a name, in memory.
 */
#include "profile.h"

#include <errno.h>
#include <gperftools/profiler.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/log.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cut = PTHREAD_COND_INITIALIZER;
static bool is_reserved;
static bool is_cut;

/* reserve_profiler gets the one profiler; false when a profile is being taken. */
static bool
reserve_profiler(void)
{
	bool		ok;

	pthread_mutex_lock(&lock);
	ok = !is_reserved;
	is_reserved = true;
	pthread_mutex_unlock(&lock);
	return ok;
}

/* release_profiler gives it back. */
static void
release_profiler(void)
{
	pthread_mutex_lock(&lock);
	is_reserved = false;
	pthread_mutex_unlock(&lock);
}

void
profile_cut(void)
{
	pthread_mutex_lock(&lock);
	is_cut = true;
	pthread_cond_broadcast(&cut);
	pthread_mutex_unlock(&lock);
}

/* wait_seconds returns after that time, or when the profile is cut. */
static void
wait_seconds(int seconds)
{
	struct timespec end;
	bool		is_over = false;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	pthread_mutex_lock(&lock);
	while (!is_cut && !is_over)
		is_over = pthread_cond_clockwait(&cut, &lock, CLOCK_MONOTONIC, &end) == ETIMEDOUT;
	pthread_mutex_unlock(&lock);
}

/* read_whole_file reads the whole file; false when that fails. */
static bool
read_whole_file(int fd, char **body, size_t *length)
{
	struct stat st;
	size_t		done = 0;

	if (fstat(fd, &st) < 0)
		return false;
	*length = (size_t) st.st_size;
	if ((*body = malloc(*length + 1)) == NULL)
		abort();
	while (done < *length)
	{
		ssize_t		n = pread(fd, *body + done, *length - done, (off_t) done);

		if (n <= 0)
		{
			free(*body);
			return false;
		}
		done += (size_t) n;
	}
	return true;
}

/* run_profiler takes the profile into the file; false when it cannot be taken. */
static bool
run_profiler(int fd, int seconds, char **body, size_t *length)
{
	char		path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || !ProfilerStart(path))
		return false;
	wait_seconds(seconds);
	ProfilerStop();
	return read_whole_file(fd, body, length);
}

/* granted_seconds reads how long the database has said. */
static int
granted_seconds(const Reply *grant)
{
	json_t	   *data = json_loadb(grant->body, grant->length, 0, NULL);
	int			seconds = (int) json_integer_value(json_object_get(data, "seconds"));

	json_decref(data);
	return seconds;
}

Reply
profile_answer(const Reply *grant, const Reader *reader)
{
	int			fd;
	Reply		reply = {.status = 200, .content_type = "application/octet-stream"};

	if (!reserve_profiler())
		return reply_refusal(VZ_E_PROFILE_RUNNING, NULL, reader, 0);
	fd = memfd_create("veza-httpd profile", MFD_CLOEXEC);
	if (run_profiler(fd, granted_seconds(grant), &reply.body, &reply.length))
		reply_header(&reply, MHD_HTTP_HEADER_CONTENT_DISPOSITION, "attachment; filename=\"veza-httpd.prof\"");
	else
	{
		log_line(LOG_ERROR, "no profile can be taken", "error", strerror(errno), NULL);
		reply = reply_refusal(VZ_E_INTERNAL_ERROR, NULL, reader, 0);
	}
	if (fd >= 0)
		close(fd);
	release_profiler();
	return reply;
}
