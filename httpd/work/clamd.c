/*
 * clamd.c
 *		Talking to clamd (see clamd.h). Source: clamd(8), zPING and zINSTREAM.
 */
#include "clamd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "../base/watch.h"

#define BLOCK_SIZE	(64 * 1024)
#define REPLY_MAX	1024		/* no answer of clamd's is longer */
#define LOOK_MS		200			/* so often somebody who waits looks whether to stop */

/* A talk with clamd, and until when it may take. */
typedef struct Talk
{
	int			fd;
	int64_t		end_ms;
	bool		(*must_stop) (void);
	const char *problem;		/* what has ended it, or NULL */
	char		reply[REPLY_MAX + 1];
	size_t		reply_len;
	bool		has_ended;		/* clamd has closed its side */
} Talk;

/* resolve_socket takes the path of a socket. */
static bool
resolve_socket(const char *path, ClamdAddress *out)
{
	struct sockaddr_un *un = (struct sockaddr_un *) &out->address;

	if (strlen(path) >= sizeof(un->sun_path))
		return false;
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, strlen(path) + 1);
	out->len = sizeof(*un);
	return true;
}

bool
clamd_resolve(const char *text, int number, ClamdAddress *out)
{
	const char *colon = strrchr(text, ':');
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	const struct addrinfo *a;
	size_t		len = colon ? (size_t) (colon - text) : 0;
	char		host[256];

	memset(out, 0, sizeof(*out));
	if (text[0] == '/')
		return number == 0 && resolve_socket(text, out);
	if (len > 2 && text[0] == '[' && text[len - 1] == ']')
		text++, len -= 2;
	if (len == 0 || len >= sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int) len, text);
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return false;
	for (a = found; a != NULL && number > 0; a = a->ai_next)
		number--;
	if (a != NULL)
	{
		memcpy(&out->address, a->ai_addr, a->ai_addrlen);
		out->len = a->ai_addrlen;
	}
	freeaddrinfo(found);
	return out->len > 0;
}

/* end_talk notes what has ended the talk. */
static bool
end_talk(Talk *t, const char *problem)
{
	if (t->problem == NULL)
		t->problem = problem;
	return false;
}

/* wait_talk waits until the socket is ready for one of these events; false when the time is up, or somebody wants to stop. */
static bool
wait_talk(Talk *t, short events, short *happened)
{
	for (;;)
	{
		struct pollfd p = {.fd = t->fd, .events = events};
		int64_t		left_ms = t->end_ms - monotonic_ms();
		int			n;

		if (left_ms <= 0)
			return end_talk(t, "no answer in time");
		if (t->must_stop != NULL && t->must_stop())
			return end_talk(t, "stopped");
		n = poll(&p, 1, left_ms < LOOK_MS ? (int) left_ms : LOOK_MS);
		*happened = p.revents;
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return end_talk(t, strerror(errno));
	}
}

/* begin_talk connects. */
static bool
begin_talk(Talk *t, const ClamdAddress *clamd, int timeout_ms, bool (*must_stop) (void))
{
	short		happened;
	int			error = 0;
	socklen_t	len = sizeof(error);

	memset(t, 0, sizeof(*t));
	t->end_ms = monotonic_ms() + timeout_ms;
	t->must_stop = must_stop;
	t->fd = clamd->len > 0 ? socket(clamd->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;
	if (t->fd < 0)
		return end_talk(t, "its address is not known");
	/* A local socket whose queue is full says so at once, and is nobody who answers. */
	if (connect(t->fd, (const struct sockaddr *) &clamd->address, clamd->len) == 0)
		return true;
	if (errno != EINPROGRESS)
		return end_talk(t, "the connection is refused");
	if (!wait_talk(t, POLLOUT, &happened))
		return false;
	if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0)
		return end_talk(t, "the connection is refused");
	return true;
}

/* take_reply takes what has come of an answer. */
static void
take_reply(Talk *t)
{
	ssize_t		n = recv(t->fd, t->reply + t->reply_len, REPLY_MAX + 1 - t->reply_len, 0);

	if (n > 0)
		t->reply_len += (size_t) n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		t->has_ended = true;
}

/* say sends bytes; false when clamd does not want them, be it that it has answered already. */
static bool
say(Talk *t, const void *bytes, size_t len)
{
	const char *p = bytes;
	short		happened;

	while (len > 0)
	{
		ssize_t		n;

		if (!wait_talk(t, POLLIN | POLLOUT, &happened))
			return false;
		if (happened & (POLLIN | POLLHUP | POLLERR))
		{
			take_reply(t);
			if (t->has_ended || t->reply_len > 0)
				return false;
		}
		n = (happened & POLLOUT) ? send(t->fd, p, len, MSG_NOSIGNAL) : 0;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (n > 0)
		{
			p += n;
			len -= (size_t) n;
		}
	}
	return true;
}

/* hear waits for the whole answer: to its NUL, to the end, or until it is longer than any. */
static bool
hear(Talk *t)
{
	short		happened;

	while (!t->has_ended && t->reply_len <= REPLY_MAX && memchr(t->reply, '\0', t->reply_len) == NULL)
	{
		if (!wait_talk(t, POLLIN, &happened))
			return false;
		take_reply(t);
	}
	return t->reply_len > 0 || end_talk(t, "the connection was closed");
}

/* end_connection closes the connection. */
static void
end_connection(Talk *t)
{
	if (t->fd >= 0)
		close(t->fd);
}

bool
clamd_ping(const ClamdAddress *clamd, int timeout_ms)
{
	Talk	   *t = malloc(sizeof(*t));
	bool		ok;

	if (t == NULL)
		abort();
	ok = begin_talk(t, clamd, timeout_ms, NULL) && say(t, "zPING", sizeof("zPING")) && hear(t) &&
		t->reply_len == sizeof("PONG") && memcmp(t->reply, "PONG", sizeof("PONG")) == 0;
	end_connection(t);
	free(t);
	return ok;
}

/* send_file sends a file block by block, each behind its length, and the end of it; false when something else comes first. */
static bool
send_file(Talk *t, int fd)
{
	char	   *block = malloc(sizeof(uint32_t) + BLOCK_SIZE);
	uint32_t	len = 1;
	off_t		at = 0;
	bool		ok = true;

	if (block == NULL)
		abort();
	while (ok && len > 0)
	{
		ssize_t		n = pread(fd, block + sizeof(len), BLOCK_SIZE, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
		{
			ok = end_talk(t, "the file cannot be read");
			break;
		}
		at += n;
		len = htonl((uint32_t) n);
		memcpy(block, &len, sizeof(len));
		ok = say(t, block, sizeof(len) + (size_t) n);
	}
	free(block);
	return ok;
}

ClamdVerdict
clamd_scan(const ClamdAddress *clamd, int fd, int timeout_ms, bool (*must_stop) (void), char detail[CLAMD_DETAIL_MAX])
{
	Talk	   *t = malloc(sizeof(*t));
	ClamdVerdict verdict = CLAMD_UNAVAILABLE;

	if (t == NULL)
		abort();
	/* What it says before it has seen the whole file is no verdict about the file, unless it has found something. */
	if (begin_talk(t, clamd, timeout_ms, must_stop) && say(t, "zINSTREAM", sizeof("zINSTREAM")))
	{
		bool		is_whole = send_file(t, fd);

		if (t->problem == NULL && hear(t))
			verdict = clamd_reply_read(t->reply, t->reply_len, detail);
		if (verdict == CLAMD_CLEAN && !is_whole)
			verdict = CLAMD_FAILED;
	}
	else if (t->problem == NULL)
		end_talk(t, "the connection was closed");
	if (verdict == CLAMD_UNAVAILABLE)
		snprintf(detail, CLAMD_DETAIL_MAX, "%s", t->problem ? t->problem : "no answer");
	end_connection(t);
	free(t);
	return verdict;
}
