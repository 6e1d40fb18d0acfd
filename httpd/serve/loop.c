/*
 * loop.c
 *		A loop as a value, and its mailbox (see loop.h).
 */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct Mail
{
	void		(*function) (void *);
	void	   *argument;
	Mail	   *next;
};

/* run_posted runs what was posted: the eventfd is read, then every letter is opened. */
static void
run_posted(Watch *watch, uint32_t events)
{
	Loop	   *loop = ((Mailbox *) watch)->loop;
	Mail	   *mail;
	uint64_t	count;

	(void) events;
	if (read(loop->mailbox.fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	pthread_mutex_lock(&loop->mailbox.lock);
	mail = loop->mailbox.mail;
	loop->mailbox.mail = NULL;
	pthread_mutex_unlock(&loop->mailbox.lock);
	while (mail != NULL)
	{
		Mail	   *next = mail->next;

		mail->function(mail->argument);
		free(mail);
		mail = next;
	}
}

void
loop_init_mail(Loop *loop)
{
	loop->mailbox.watch.ready = run_posted;
	loop->mailbox.loop = loop;
	loop->mailbox.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&loop->mailbox.lock, NULL);
}

void
loop_watch_mail(Loop *loop)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &loop->mailbox};

	epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->mailbox.fd, &ev);
}

void
loop_post(Loop *loop, void (*function) (void *), void *argument)
{
	Mail	   *mail = calloc(1, sizeof(*mail));
	uint64_t	one = 1;

	if (mail == NULL)
		abort();
	mail->function = function;
	mail->argument = argument;
	pthread_mutex_lock(&loop->mailbox.lock);
	mail->next = loop->mailbox.mail;
	loop->mailbox.mail = mail;
	pthread_mutex_unlock(&loop->mailbox.lock);
	if (write(loop->mailbox.fd, &one, sizeof(one)) < 0)
		return;					/* the counter is full: the loop is woken anyway */
}
