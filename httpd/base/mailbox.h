/*
 * mailbox.h
 *		What other threads have a loop's thread do.
 *
 * A letter is a function and its argument. Any thread may post one; the thread
 * whose epoll set watches the mailbox opens it.
 */
#ifndef VEZA_MAILBOX_H
#define VEZA_MAILBOX_H

#include <pthread.h>

#include "watch.h"

typedef struct Mail Mail;

typedef struct Mailbox
{
	Watch		watch;
	int			fd;				/* eventfd: something was posted */
	pthread_mutex_t lock;
	Mail	   *mail;
} Mailbox;

/* Makes it; has an epoll set watch it, in the thread that opens the letters. */
extern void mailbox_init(Mailbox *box);
extern void mailbox_watch(Mailbox *box, int epoll_fd);

/* Runs the function in the mailbox's thread, soon; from any thread. Of two letters either may be opened first. */
extern void mailbox_post(Mailbox *box, void (*function) (void *), void *argument);

#endif							/* VEZA_MAILBOX_H */
