/*
 * partial.c
 *		Uploads that come in several requests (see partial.h).
 *
 * The last byte is acknowledged only when the upload was settled: a client that
 * sees its upload whole can rely on it, and one that was not told sends that
 * byte again, which is not written any more, because the whole file has a
 * second name by then.
 */
#include "partial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/log.h"
#include "../config/config.h"
#include "partial_files.h"

#define BLOCK_SIZE	(256 * 1024)
#define ANSWER_MAX	(1024 * 1024)

/* system_problem logs what the system refuses. */
static VzError
system_problem(const Partial *p, const char *what)
{
	log_line(LOG_ERROR, "an upload failed", "what", what, "upload", p->id, "error", strerror(errno), NULL);
	return VZ_E_UPLOAD_FAILED;
}

/* acknowledged is how far an upload is that has so many bytes. */
static uint64_t
acknowledged(const Partial *p, uint64_t size)
{
	return size < p->length ? size : p->length - 1;
}

/* read_description reads length and metadata; false when there is no such upload. */
static bool
read_description(Partial *p)
{
	char	   *text = partial_read_small(p->user, p->id, PARTIAL_DESCRIPTION, TUS_METADATA_MAX + 32);
	char	   *end = text ? strchr(text, '\n') : NULL;
	bool		ok = false;

	if (end != NULL)
	{
		*end = '\0';
		ok = tus_number_read(text, &p->length) && p->length > 0 &&
			(size_t) snprintf(p->metadata, sizeof(p->metadata), "%s", end + 1) < sizeof(p->metadata);
	}
	free(text);
	return ok;
}

/* note_expiry notes until when an upload is kept that was changed at this time. */
static void
note_expiry(Partial *p, time_t changed)
{
	p->expires_at = (int64_t) changed + config_int(CONFIG_UPLOAD_EXPIRY) / 1000;
}

/* is_same_file says whether an open file is the one of that path still. */
static bool
is_same_file(int fd, const char *path)
{
	struct stat ours;
	struct stat theirs;

	return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 && ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

/* open_bytes opens and locks an upload's bytes; without a lock for somebody who only looks. */
static VzError
open_bytes(Partial *p, int flags)
{
	char		path[PLACE_MAX];

	if (!partial_path(p->user, p->id, "", path) || (p->fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
		return errno == ENOENT ? VZ_E_UPLOAD_NOT_FOUND : system_problem(p, "open");
	if (p->wish == PARTIAL_LOOK)
		return VZ_ERROR_COUNT;
	if (flock(p->fd, LOCK_EX | LOCK_NB) != 0)
		return VZ_E_UPLOAD_LOCKED;
	return is_same_file(p->fd, path) ? VZ_ERROR_COUNT : VZ_E_UPLOAD_NOT_FOUND;
}

/* make_room has a user's oldest upload make room for a new one, unless somebody goes on with it right now. */
static VzError
make_room(const Partial *p, const char *directory)
{
	Partial		old = {.wish = PARTIAL_END, .fd = -1};
	PartialOldest oldest = partial_oldest(directory);
	VzError		problem;

	if (oldest.n < config_int(CONFIG_MAX_UNFINISHED_UPLOADS))
		return VZ_ERROR_COUNT;
	memcpy(old.user, p->user, sizeof(old.user));
	memcpy(old.id, oldest.id, sizeof(old.id));
	problem = open_bytes(&old, O_RDWR);
	if (problem == VZ_ERROR_COUNT)
		partial_remove(old.user, old.id, NULL);
	partial_leave(&old);
	return problem == VZ_ERROR_COUNT || problem == VZ_E_UPLOAD_NOT_FOUND ? VZ_ERROR_COUNT : VZ_E_UPLOAD_BUSY;
}

/* create_upload makes the files of a new upload. */
static VzError
create_upload(Partial *p)
{
	char		directory[PLACE_MAX];
	char		description[TUS_METADATA_MAX + 32];
	VzError		problem;

	if (!place_in_partial(p->user, "", directory) || (mkdir(directory, 0700) != 0 && errno != EEXIST))
		return system_problem(p, "mkdir");
	if ((problem = make_room(p, directory)) != VZ_ERROR_COUNT)
		return problem;
	snprintf(description, sizeof(description), "%" PRIu64 "\n%s", p->length, p->metadata);
	if (!partial_write_small(p->user, p->id, PARTIAL_DESCRIPTION, description))
		return system_problem(p, "write");
	return open_bytes(p, O_RDWR | O_CREAT | O_EXCL);
}

/* find_upload opens what is there, or finds what was answered. */
static VzError
find_upload(Partial *p)
{
	VzError		problem = open_bytes(p, p->wish == PARTIAL_LOOK ? O_RDONLY : O_RDWR);

	if (problem != VZ_E_UPLOAD_NOT_FOUND)
		return problem == VZ_ERROR_COUNT && !read_description(p) ? VZ_E_UPLOAD_NOT_FOUND : problem;
	if ((p->answer = partial_read_small(p->user, p->id, PARTIAL_ANSWER, ANSWER_MAX)) == NULL)
		return problem;
	/* What was answered stands behind the length. */
	p->length = strtoull(p->answer, NULL, 10);
	return VZ_ERROR_COUNT;
}

VzError
partial_open(Partial *p)
{
	struct stat about;
	uint64_t	claimed = p->offset;
	VzError		problem = p->wish == PARTIAL_CREATE ? create_upload(p) : find_upload(p);

	if (problem != VZ_ERROR_COUNT)
		return problem;
	sha1_begin(&p->sha1);
	crypto_hash_sha256_init(&p->sha256);
	note_expiry(p, time(NULL));
	if (p->answer != NULL)
	{
		p->offset = p->length;
		if (p->wish == PARTIAL_END)
			partial_remove(p->user, p->id, NULL);
		return p->wish == PARTIAL_APPEND ? VZ_E_UPLOAD_OFFSET_CONFLICT : VZ_ERROR_COUNT;
	}
	if (fstat(p->fd, &about) != 0)
		return system_problem(p, "stat");
	if (p->wish == PARTIAL_LOOK)
		note_expiry(p, about.st_mtime);
	p->was_whole = (uint64_t) about.st_size >= p->length;
	p->offset = p->at = acknowledged(p, (uint64_t) about.st_size);
	if (p->wish == PARTIAL_APPEND && p->offset != claimed)
		return VZ_E_UPLOAD_OFFSET_CONFLICT;
	/* From here on the bytes are this request's, and nobody else's. */
	p->is_doubtful = p->checksum.algorithm != TUS_NO_CHECKSUM && !p->was_whole;
	if (p->wish == PARTIAL_END)
		partial_remove(p->user, p->id, NULL);
	return VZ_ERROR_COUNT;
}

VzError
partial_write(Partial *p, const char *data, size_t len)
{
	if (p->checksum.algorithm == TUS_SHA1)
		sha1_update(&p->sha1, data, len);
	else if (p->checksum.algorithm == TUS_SHA256)
		crypto_hash_sha256_update(&p->sha256, (const unsigned char *) data, len);
	if (len > p->length - p->at - p->written)
		return VZ_E_PAYLOAD_TOO_LARGE;
	while (len > 0 && !p->was_whole)
	{
		ssize_t		n = pwrite(p->fd, data, len, (off_t) (p->at + p->written));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return system_problem(p, "write");
		p->written += (uint64_t) n;
		data += n;
		len -= (size_t) n;
	}
	p->written += len;
	return VZ_ERROR_COUNT;
}

/* fits_checksum says whether the bytes that came are those that were sent. */
static bool
fits_checksum(Partial *p)
{
	unsigned char digest[TUS_DIGEST_MAX];

	if (p->checksum.algorithm == TUS_NO_CHECKSUM)
		return true;
	if (p->checksum.algorithm == TUS_SHA1)
		sha1_end(&p->sha1, digest);
	else
		crypto_hash_sha256_final(&p->sha256, digest);
	return memcmp(digest, p->checksum.digest, p->checksum.len) == 0;
}

/* read_bytes is how a judge reads the file. */
static size_t
read_bytes(void *partial, uint64_t at, unsigned char *out, size_t max)
{
	const Partial *p = partial;
	size_t		len = 0;
	ssize_t		n = 1;

	while (len < max && n > 0)
	{
		n = pread(p->fd, out + len, max - len, (off_t) (at + len));
		if (n > 0)
			len += (size_t) n;
	}
	return len;
}

/* hash_bytes computes the hash of the whole file, which came in pieces at different times. */
static bool
hash_bytes(Partial *p)
{
	unsigned char *block = malloc(BLOCK_SIZE);
	unsigned char digest[crypto_hash_sha256_BYTES];
	uint64_t	at = 0;
	size_t		n;

	if (block == NULL)
		abort();
	crypto_hash_sha256_init(&p->sha256);
	while ((n = read_bytes(p, at, block, BLOCK_SIZE)) > 0)
	{
		crypto_hash_sha256_update(&p->sha256, block, n);
		at += n;
	}
	crypto_hash_sha256_final(&p->sha256, digest);
	sodium_bin2hex(p->hash, sizeof(p->hash), digest, sizeof(digest));
	free(block);
	return at == p->length;
}

/* put_into_place gives the whole file a second name, which is its content's. */
static VzError
put_into_place(Partial *p, const FileKind *kind)
{
	char		path[PLACE_MAX];
	char		link_path[PLACE_MAX];
	char		name[PARTIAL_NAME_SIZE + 8];

	snprintf(name, sizeof(name), "link-%s", p->id);
	if (!partial_path(p->user, p->id, "", path) || !place_in_spool(name, link_path))
		return system_problem(p, "link");
	unlink(link_path);
	if (futimens(p->fd, NULL) != 0 || link(path, link_path) != 0)
		return system_problem(p, "link");
	/* Renaming a name of the file to another one of it would leave both. */
	if (!place_publish(link_path, kind->directory, p->hash))
		return system_problem(p, "publish");
	unlink(link_path);
	p->is_whole = true;
	return VZ_ERROR_COUNT;
}

VzError
partial_finish(Partial *p, const FileKind *kind)
{
	const FileContent content = {.size = p->length, .read = read_bytes, .state = p};

	if (p->wish == PARTIAL_LOOK || p->wish == PARTIAL_END)
		return VZ_ERROR_COUNT;
	if (!fits_checksum(p))
		return VZ_E_UPLOAD_CHECKSUM_MISMATCH;
	if (fsync(p->fd) != 0)
		return system_problem(p, "fsync");
	p->is_doubtful = false;
	p->offset = acknowledged(p, p->at + p->written);
	if (p->at + p->written < p->length)
		return VZ_ERROR_COUNT;
	if (!hash_bytes(p))
		return system_problem(p, "read");
	if (kind->judge(&content, &p->facts))
		return put_into_place(p, kind);
	/* It never will be one. */
	partial_remove(p->user, p->id, NULL);
	return kind->unfit;
}

VzError
partial_settle(Partial *p, const char *answer)
{
	char	   *text = NULL;
	bool		ok = true;

	if (answer != NULL)
	{
		if (asprintf(&text, "%" PRIu64 "\n%s", p->length, answer) < 0)
			abort();
		ok = partial_write_small(p->user, p->id, PARTIAL_ANSWER, text);
		free(text);
	}
	if (!ok)
		return system_problem(p, "write");
	partial_remove(p->user, p->id, answer ? PARTIAL_ANSWER : NULL);
	p->offset = p->length;
	return VZ_ERROR_COUNT;
}

void
partial_leave(Partial *p)
{
	if (p->fd < 0)
		return;
	if (p->is_doubtful && ftruncate(p->fd, (off_t) p->at) != 0)
		(void) system_problem(p, "truncate");
	close(p->fd);
	p->fd = -1;
}

void
partial_free(Partial *p)
{
	if (p == NULL)
		return;
	free(p->answer);
	free(p);
}
