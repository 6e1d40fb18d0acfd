/*
 * log_writer.c
 *		The thread that writes the log (see log_writer.h).
 *
 * A file has no reader who could stop: whoever has lines for one writes them.
 * For everything else whoever has lines copies them into a ring under a lock that is held for the
 * copying only. The thread takes what is there and writes it without the lock,
 * so that a reader who has stopped stops nobody but this thread. Lines that
 * find the ring full, and those that the system refuses to write, are counted,
 * and the next line that can be written says how many there were.
 */
#include "log_writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RING_SIZE	(1024 * 1024)
#define PIECE_SIZE	65536		/* what is taken out of the ring at once */
#define LOSS_SIZE	512

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static pthread_cond_t emptied = PTHREAD_COND_INITIALIZER;
static char ring[RING_SIZE];
static size_t first;			/* where the oldest byte is */
static size_t count;			/* how many are there */
static bool is_writing;			/* somebody writes */
static uint64_t dropped;
static uint64_t told;			/* of the dropped ones, by a line that was written */
static LogLoss loss_line;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* count_lines returns how many lines end in the text. */
static unsigned int
count_lines(const char *text, size_t len)
{
	unsigned int n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

/* write_all writes the text, however long that takes; returns how much of it was written. */
static size_t
write_all(const char *text, size_t len)
{
	size_t		done = 0;

	while (done < len)
	{
		ssize_t		n = write(STDOUT_FILENO, text + done, len - done);
		struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

		if (n > 0)
			done += (size_t) n;
		else if (n < 0 && errno == EAGAIN)	/* whoever shares our output has made it so */
			poll(&p, 1, -1);
		else if (n == 0 || errno != EINTR)
			break;
	}
	return done;
}

/* write_lines writes whole lines; returns how many of them were not. A line that was cut is ended before the next. */
static unsigned int
write_lines(const char *text, size_t len)
{
	static bool is_cut;
	size_t		done;

	if (is_cut && write_all("\n", 1) != 1)
		return count_lines(text, len);
	is_cut = false;
	done = write_all(text, len);
	is_cut = done > 0 && text[done - 1] != '\n';
	return count_lines(text + done, len - done);
}

/* take_piece takes the oldest whole lines out of the ring. */
static size_t
take_piece(char *piece)
{
	size_t		n = count < PIECE_SIZE ? count : PIECE_SIZE;
	size_t		before_end = n < RING_SIZE - first ? n : RING_SIZE - first;

	memcpy(piece, ring + first, before_end);
	memcpy(piece + before_end, ring, n - before_end);
	while (n > 0 && piece[n - 1] != '\n')
		n--;
	first = (first + n) % RING_SIZE;
	count -= n;
	return n;
}

/* write_loss_line writes the line about lost ones, when there are any that nobody was told of. */
static void
write_loss_line(void)
{
	char		line[LOSS_SIZE];
	uint64_t	upto;
	size_t		len;

	pthread_mutex_lock(&lock);
	upto = dropped;
	pthread_mutex_unlock(&lock);
	if (upto == told)
		return;
	len = loss_line(upto - told, line, sizeof(line));
	if (write_lines(line, len) == 0)
		told = upto;
}

/* write_in_turn writes whole lines as the one who writes, and lets the next one. */
static void
write_in_turn(const char *lines, size_t len)
{
	unsigned int lost = write_lines(lines, len);

	if (lost == 0)
		write_loss_line();
	pthread_mutex_lock(&lock);
	dropped += lost;
	is_writing = false;
	if (count == 0)
		pthread_cond_broadcast(&emptied);
	else
		pthread_cond_signal(&filled);
	pthread_mutex_unlock(&lock);
}

/* is_file says whether standard output is a file. */
static bool
is_file(void)
{
	struct stat about;

	return fstat(STDOUT_FILENO, &about) == 0 && S_ISREG(about.st_mode);
}

/* writer_thread writes what is in the ring, piece by piece, without the lock; never ends. */
static void *
writer_thread(void *unused)
{
	static char piece[PIECE_SIZE];

	(void) unused;
	for (;;)
	{
		size_t		n;

		pthread_mutex_lock(&lock);
		while (count == 0 || is_writing)
			pthread_cond_wait(&filled, &lock);
		n = take_piece(piece);
		is_writing = true;
		pthread_mutex_unlock(&lock);
		write_in_turn(piece, n);
	}
	return NULL;
}

/* start_writer starts the thread; signals are for others. */
static void
start_writer(void)
{
	pthread_t	thread;
	sigset_t	all;
	sigset_t	before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, writer_thread, NULL) != 0)
		abort();
	pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
log_writer_start(LogLoss tell)
{
	loss_line = tell;
	pthread_once(&once, start_writer);
}

void
log_writer_take(const char *lines, size_t len, unsigned int nlines)
{
	size_t		end;
	size_t		until_end;

	pthread_mutex_lock(&lock);
	if (count == 0 && !is_writing && loss_line != NULL && is_file())
	{
		is_writing = true;
		pthread_mutex_unlock(&lock);
		write_in_turn(lines, len);
		return;
	}
	if (len > RING_SIZE - count)
		dropped += nlines;
	else
	{
		end = (first + count) % RING_SIZE;
		until_end = RING_SIZE - end;
		memcpy(ring + end, lines, len < until_end ? len : until_end);
		if (len > until_end)
			memcpy(ring, lines + until_end, len - until_end);
		count += len;
		pthread_cond_signal(&filled);
	}
	pthread_mutex_unlock(&lock);
}

void
log_writer_drain(int timeout_ms)
{
	struct timespec end;
	int			rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += (long) (timeout_ms % 1000) * 1000000;
	if (end.tv_nsec >= 1000000000)
	{
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&lock);
	while ((count > 0 || is_writing) && rc == 0)
		rc = pthread_cond_clockwait(&emptied, &lock, CLOCK_MONOTONIC, &end);
	pthread_mutex_unlock(&lock);
}

uint64_t
log_writer_dropped(void)
{
	uint64_t	n;

	pthread_mutex_lock(&lock);
	n = dropped;
	pthread_mutex_unlock(&lock);
	return n;
}
