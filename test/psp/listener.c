/*
 * listener.c
 *	  The API port, which a test may close and open again.
 *
 * Closing stops the whole daemon and not only its listening socket: a PSP that
 * is down has no open connections either.
 */
#include "listener.h"

#include <pthread.h>
#include <stddef.h>

#include "clock.h"
#include "config.h"
#include "http.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct service *api;
static struct MHD_Daemon *listener;

/* Opens the port for that service; a port 0 becomes the one found free. */
bool
listener_open(const struct service *service)
{
	api = service;
	if (!listener_reopen())
		return false;
	config.port = http_port(listener);
	return true;
}

/* Opens the port again; true when it is open afterwards. */
bool
listener_reopen(void)
{
	bool		open;

	pthread_mutex_lock(&lock);
	if (listener == NULL)
		listener = http_listen(config.address, config.port, api);
	open = listener != NULL;
	pthread_mutex_unlock(&lock);
	return open;
}

/* Closes the port and every connection to it, sleeping requests included. */
void
listener_close(void)
{
	pthread_mutex_lock(&lock);
	if (listener != NULL)
	{
		nap_forbid(true);
		MHD_stop_daemon(listener);
		nap_forbid(false);
		listener = NULL;
	}
	pthread_mutex_unlock(&lock);
}

/* Tells whether the port accepts connections. */
bool
listener_is_open(void)
{
	bool		open;

	pthread_mutex_lock(&lock);
	open = listener != NULL;
	pthread_mutex_unlock(&lock);
	return open;
}
