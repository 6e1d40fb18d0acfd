/*
 * reading.c
 *		A file that is sent (see reading.h).
 *
 * The loop's own reads are told not to wait (RWF_NOWAIT), which a file system
 * that cannot promise it refuses; then every piece comes from the disk's
 * threads. They hold the reading while a step is under way.
 */
#include "reading.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../base/log.h"
#include "disk.h"
#include "place.h"

#define PIECE_SIZE	(32 * 1024)
#define HASH_SIZE	65

typedef enum ReadingStep
{
	STEP_NONE,
	STEP_OPEN,
	STEP_READ,
	STEP_CLOSE
} ReadingStep;

struct Reading
{
	DiskWork	work;
	const char *directory;
	char		hash[HASH_SIZE];
	void		(*settled) (void *owner);
	void	   *owner;
	ReadingStep step;			/* that is at the disk's threads */
	int			fd;				/* -1: not open, or all of the file is in the piece */
	uint64_t	size;
	char	   *piece;			/* NULL: there is none */
	uint64_t	piece_at;
	size_t		piece_len;
	bool		is_open;
	bool		has_failed;
	bool		is_left;		/* nobody has it any more */
};

/* read_piece reads a piece from the disk. */
static void
read_piece(Reading *r)
{
	ssize_t		n;

	if (r->piece == NULL && (r->piece = malloc(PIECE_SIZE)) == NULL)
		abort();
	while ((n = pread(r->fd, r->piece, PIECE_SIZE, (off_t) r->piece_at)) < 0 && errno == EINTR)
		;
	/* Sizes never change: a file that ends early is as bad as one that cannot be read. */
	r->has_failed = n < 0 || (n == 0 && r->piece_at < r->size);
	if (r->has_failed)
		log_line(LOG_ERROR, "a file cannot be read", "file", r->hash, "error", n < 0 ? strerror(errno) : "it ends early", NULL);
	r->piece_len = n > 0 ? (size_t) n : 0;
}

/* open_reading opens the file and reads its first piece; one that fits into it is closed again. */
static void
open_reading(Reading *r)
{
	r->fd = place_open(r->directory, r->hash, &r->size);
	if (r->fd < 0)
	{
		log_line(LOG_ERROR, "a file that the database names is not there", "file", r->hash, "error", strerror(errno), NULL);
		return;
	}
	r->is_open = true;
	read_piece(r);
	if (r->piece_len == r->size)
	{
		close(r->fd);
		r->fd = -1;
	}
}

/* run_reading_step does what was given to a thread of the disk's. */
static void
run_reading_step(DiskWork *work)
{
	Reading    *r = (Reading *) work;

	switch (r->step)
	{
		case STEP_OPEN:
			open_reading(r);
			break;
		case STEP_READ:
			read_piece(r);
			break;
		case STEP_CLOSE:
			close(r->fd);
			r->fd = -1;
			break;
		case STEP_NONE:
			break;
	}
}

/* begin_reading_step gives a step to the disk's threads. */
static void
begin_reading_step(Reading *r, ReadingStep step)
{
	r->step = step;
	disk_give(DISK_READERS, &r->work);
}

/* reading_step_done takes a reading back from the disk's threads. */
static void
reading_step_done(void *work)
{
	Reading    *r = work;

	r->step = STEP_NONE;
	if (r->is_left)
		reading_free(r);
	else
		r->settled(r->owner);
}

Reading *
reading_new(const char *directory, const char *hash)
{
	Reading    *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	r->directory = directory;
	snprintf(r->hash, sizeof(r->hash), "%s", hash);
	r->fd = -1;
	return r;
}

void
reading_tell(Reading *r, Mailbox *home, void (*settled) (void *owner), void *owner)
{
	r->work = (DiskWork) {.work = run_reading_step, .done = reading_step_done, .home = home};
	r->settled = settled;
	r->owner = owner;
}

bool
reading_open(Reading *r)
{
	if (disk_is_full(DISK_READERS))
		return false;
	begin_reading_step(r, STEP_OPEN);
	return true;
}

bool
reading_is_open(const Reading *r)
{
	return r->is_open && !r->has_failed;
}

uint64_t
reading_size(const Reading *r)
{
	return r->size;
}

/* take_cached_piece copies what the piece has of this place, and lets it go when it is used up; 0 when it has nothing. */
static size_t
take_cached_piece(Reading *r, uint64_t at, char *out, size_t max)
{
	size_t		offset;
	size_t		n;

	if (r->piece == NULL || at < r->piece_at || at >= r->piece_at + r->piece_len)
		return 0;
	offset = (size_t) (at - r->piece_at);
	n = r->piece_len - offset < max ? r->piece_len - offset : max;
	memcpy(out, r->piece + offset, n);
	if (offset + n == r->piece_len && r->fd >= 0)
	{
		free(r->piece);
		r->piece = NULL;
	}
	return n;
}

ssize_t
reading_take(Reading *r, uint64_t at, char *out, size_t max)
{
	struct iovec all = {out, max};
	size_t		n = take_cached_piece(r, at, out, max);
	ssize_t		now;

	if (n > 0)
		return (ssize_t) n;
	if (r->has_failed || r->fd < 0)
		return READING_FAILED;
	if ((now = preadv2(r->fd, &all, 1, (off_t) at, RWF_NOWAIT)) > 0)
		return now;
	r->piece_at = at;
	begin_reading_step(r, STEP_READ);
	return READING_LATER;
}

void
reading_free(Reading *r)
{
	if (r == NULL)
		return;
	r->is_left = true;
	if (r->step != STEP_NONE)
		return;
	if (r->fd >= 0)
	{
		begin_reading_step(r, STEP_CLOSE);
		return;
	}
	free(r->piece);
	free(r);
}
