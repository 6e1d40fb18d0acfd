/*
 * spool.c
 *		A file that arrives (see spool.h).
 */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/log.h"

/* fail_spool notes the first problem; what has come so far takes no room any longer. */
static void
fail_spool(Spool *s, VzError problem)
{
	s->problem = problem;
	spool_discard(s);
}

/* fail_system notes that the system refused, and logs why. */
static void
fail_system(Spool *s, const char *what)
{
	log_line(LOG_ERROR, "an upload failed", "what", what, "path", s->path, "error", strerror(errno), NULL);
	fail_spool(s, VZ_E_UPLOAD_FAILED);
}

/* open_file makes a file of its own in the spool; false when the system refuses. */
static bool
open_file(Spool *s)
{
	unsigned char random[16];
	char		name[2 * sizeof(random) + 1];

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(name, sizeof(name), random, sizeof(random));
	if (place_in_spool(name, s->path))
		s->fd = open(s->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->fd < 0)
		fail_system(s, "open");
	return s->fd >= 0;
}

/* note_partial notes the problem of an upload of several requests, if there is one. */
static void
note_partial(Spool *s, VzError problem)
{
	if (problem == VZ_ERROR_COUNT)
		return;
	s->problem = problem;
	partial_leave(s->partial);
}

void
spool_begin(Spool *s, Partial *partial)
{
	memset(s, 0, sizeof(*s));
	s->fd = -1;
	if ((s->partial = partial) != NULL)
		partial->fd = -1;
	s->problem = VZ_ERROR_COUNT;
	crypto_hash_sha256_init(&s->state);
}

void
spool_write(Spool *s, const char *data, size_t len)
{
	if (s->problem != VZ_ERROR_COUNT)
		return;
	if (s->partial != NULL)
	{
		if (!s->is_open)
			note_partial(s, partial_open(s->partial));
		s->is_open = true;
		if (s->problem == VZ_ERROR_COUNT && len > 0)
			note_partial(s, partial_write(s->partial, data, len));
		return;
	}
	if (s->fd < 0 && !open_file(s))
		return;
	crypto_hash_sha256_update(&s->state, (const unsigned char *) data, len);
	while (len > 0)
	{
		ssize_t		n = write(s->fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
		{
			fail_system(s, "write");
			return;
		}
		s->size += (uint64_t) n;
		data += n;
		len -= (size_t) n;
	}
}

/* read_content is how a judge reads the file; what cannot be read is a problem of ours, not of the file. */
static size_t
read_content(void *spool, uint64_t at, unsigned char *out, size_t max)
{
	Spool	   *s = spool;
	size_t		len = 0;
	ssize_t		n = 1;

	while (len < max && n > 0 && s->problem == VZ_ERROR_COUNT)
	{
		n = pread(s->fd, out + len, max - len, (off_t) (at + len));
		if (n > 0)
			len += (size_t) n;
		else if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			fail_system(s, "read");
	}
	return len;
}

/* judge_content finds out what the file is; false when it is not of its kind. */
static bool
judge_content(Spool *s, const FileKind *kind)
{
	const FileContent content = {.size = s->size, .read = read_content, .state = s};

	if (kind->judge == NULL)
		s->facts = (FileFacts) {.type = kind->types[0].type};
	else if (!kind->judge(&content, &s->facts) && s->problem == VZ_ERROR_COUNT)
		fail_spool(s, kind->unfit);
	return s->problem == VZ_ERROR_COUNT;
}

/* publish makes the file durable and moves it to its place. */
static void
publish(Spool *s, const FileKind *kind)
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_final(&s->state, digest);
	sodium_bin2hex(s->hash, sizeof(s->hash), digest, sizeof(digest));
	if (fsync(s->fd) != 0)
		fail_system(s, "fsync");
	else if (!place_publish(s->path, kind->directory, s->hash))
		fail_system(s, "publish");
	else
	{
		s->path[0] = '\0';
		spool_discard(s);
	}
}

void
spool_finish(Spool *s, const FileKind *kind)
{
	if (s->problem != VZ_ERROR_COUNT)
		return;
	if (s->partial != NULL)
	{
		note_partial(s, partial_finish(s->partial, kind));
		s->facts = s->partial->facts;
		memcpy(s->hash, s->partial->hash, sizeof(s->hash));
		/* Whoever has the answer may go on at once, so the lock is given back before. */
		if (!s->partial->is_whole)
			partial_leave(s->partial);
	}
	else if (judge_content(s, kind))
		publish(s, kind);
}

void
spool_settle(Spool *s, bool is_final, const char *answer)
{
	if (is_final && s->problem == VZ_ERROR_COUNT)
		note_partial(s, partial_settle(s->partial, answer));
	spool_discard(s);
}

void
spool_discard(Spool *s)
{
	if (s->partial != NULL)
		partial_leave(s->partial);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (s->path[0] != '\0')
		unlink(s->path);
	s->path[0] = '\0';
}

bool
spool_holds(const Spool *s)
{
	return s->fd >= 0 || s->path[0] != '\0' || (s->partial != NULL && s->partial->fd >= 0);
}
