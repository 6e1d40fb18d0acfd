/*
 * mailbox.c
 *		What other threads have a loop's thread do (see mailbox.h).
 */
#include "mailbox.h"

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

/* open_mail runs what was posted: the eventfd is read, then every letter is opened. */
static void
open_mail(Watch *watch, uint32_t events)
{
	Mailbox    *box = (Mailbox *) watch;
	Mail	   *mail;
	uint64_t	count;

	(void) events;
	if (read(box->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	pthread_mutex_lock(&box->lock);
	mail = box->mail;
	box->mail = NULL;
	pthread_mutex_unlock(&box->lock);
	while (mail != NULL)
	{
		Mail	   *next = mail->next;

		mail->function(mail->argument);
		free(mail);
		mail = next;
	}
}

void
mailbox_init(Mailbox *box)
{
	box->watch.ready = open_mail;
	box->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&box->lock, NULL);
}

void
mailbox_watch(Mailbox *box, int epoll_fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = box};

	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, box->fd, &ev);
}

void
mailbox_post(Mailbox *box, void (*function) (void *), void *argument)
{
	Mail	   *mail = calloc(1, sizeof(*mail));
	uint64_t	one = 1;

	if (mail == NULL)
		abort();
	mail->function = function;
	mail->argument = argument;
	pthread_mutex_lock(&box->lock);
	mail->next = box->mail;
	box->mail = mail;
	pthread_mutex_unlock(&box->lock);
	if (write(box->fd, &one, sizeof(one)) < 0)
		return;					/* the counter is full: the thread is woken anyway */
}
