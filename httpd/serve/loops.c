/*
 * loops.c
 *		The event loops (see loops.h).
 *
 * Each loop waits in one epoll set on libmicrohttpd's own epoll descriptor,
 * on its connections to PostgreSQL and on its mailbox. libmicrohttpd's
 * timeouts are inactivity only; the absolute deadlines of clients are kept
 * here and cut with shutdown(2).
 */
#include "loops.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/log.h"
#include "../config/config.h"
#include "../trust/keys.h"
#include "client.h"
#include "handler.h"

#define TICK_MS				50
#define WARM_UP_MS			5000
#define MEMORY_PER_CLIENT	(16 * 1024)
#define BACKLOG				1024

/* What surrounds a loop. */
typedef struct LoopThread
{
	Loop		loop;
	pthread_t	thread;
	atomic_int	state;			/* 0 starting, 1 serving, -1 failed */
} LoopThread;

static LoopThread *threads;
static int	nthreads;
static atomic_bool stopping;
static atomic_int nquiet;		/* loops that accept no connection any more */

/* keep_raw leaves percent escapes alone: targets are decoded once, by target.c. */
static size_t
keep_raw(void *cls, struct MHD_Connection *connection, char *text)
{
	(void) cls;
	(void) connection;
	return strlen(text);
}

/* log_daemon keeps libmicrohttpd's own messages at DEBUG. */
static void
log_daemon(void *cls, const char *format, va_list args)
{
	char		text[512];

	(void) cls;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	log_line(LOG_DEBUG, text, NULL);
}

/* open_daemon starts the loop's HTTP daemon on APP_ADDRESS and APP_PORT. */
static struct MHD_Daemon *
open_daemon(Loop *loop)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *address;
	struct MHD_Daemon *daemon;

	if (getaddrinfo(config_text(CONFIG_APP_ADDRESS), config_text(CONFIG_APP_PORT), &hints, &address) != 0)
		return NULL;
	daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO | MHD_USE_ERROR_LOG |
							  (address->ai_family == AF_INET6 ? MHD_USE_DUAL_STACK : 0),
							  (uint16_t) config_int(CONFIG_APP_PORT), client_accept, NULL, request_handle, NULL,
							  MHD_OPTION_EXTERNAL_LOGGER, log_daemon, NULL,
							  MHD_OPTION_SOCK_ADDR, address->ai_addr,
							  MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
							  MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned int) BACKLOG,
							  MHD_OPTION_CONNECTION_LIMIT, (unsigned int) config_int(CONFIG_MAX_CONNECTIONS),
							  MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) MEMORY_PER_CLIENT,
							  MHD_OPTION_STRICT_FOR_CLIENT, 1,
							  MHD_OPTION_URI_LOG_CALLBACK, request_begin, loop,
							  MHD_OPTION_UNESCAPE_CALLBACK, keep_raw, NULL,
							  MHD_OPTION_NOTIFY_COMPLETED, request_end, NULL,
							  MHD_OPTION_NOTIFY_CONNECTION, client_event, loop,
							  MHD_OPTION_END);
	freeaddrinfo(address);
	return daemon;
}

/* follow_routes takes the present generation over when it has changed. */
static void
follow_routes(Loop *loop)
{
	Generation *g = routes_current();

	if (g == loop->generation)
	{
		generation_unref(g);
		return;
	}
	generation_unref(loop->generation);
	loop->generation = g;
}

/* loop_turn waits for something to happen and deals with it. */
static void
loop_turn(Loop *loop, int64_t *last_tick_ms)
{
	struct epoll_event events[128];
	MHD_UNSIGNED_LONG_LONG daemon_ms;
	int			wait_ms = TICK_MS;
	int			n;

	if (loop->daemon != NULL && MHD_get_timeout(loop->daemon, &daemon_ms) == MHD_YES &&
		daemon_ms < (MHD_UNSIGNED_LONG_LONG) wait_ms)
		wait_ms = (int) daemon_ms;
	n = epoll_wait(loop->epoll_fd, events, 128, wait_ms);
	loop->now_ms = monotonic_ms();
	for (int i = 0; i < n; i++)
	{
		Watch	   *watch = events[i].data.ptr;

		if (watch != NULL)
			watch->ready(watch, events[i].events);
	}
	if (loop->daemon != NULL)
		MHD_run(loop->daemon);
	lanes_flush(loop->lanes);
	if (loop->now_ms - *last_tick_ms >= TICK_MS)
	{
		*last_tick_ms = loop->now_ms;
		follow_routes(loop);
		keys_current();			/* a loop without requests holds no withdrawn keys */
		lanes_tick(loop->lanes, loop->now_ms);
		redis_tick(loop->redis, loop->now_ms);
		requests_tick(loop);
		event_hub_tick(loop->hub, loop->now_ms);
		clients_tick(loop);
	}
	log_flush();
}

/* all_lanes_are_up says whether every lane has a connection. */
static bool
all_lanes_are_up(const Loop *loop)
{
	for (int lane = 0; lane < LANE_COUNT; lane++)
		if (!lanes_is_up(loop->lanes, (Lane) lane))
			return false;
	return true;
}

/*
 * drain_loop stops listening and goes on until the last answer is out or the time
 * is up. Idle connections are closed only when no loop listens any more: their
 * clients would come back to another loop, and be closed again.
 */
static void
drain_loop(Loop *loop, int64_t *last_tick_ms)
{
	int64_t		end = monotonic_ms() + config_int(CONFIG_SHUTDOWN_TIMEOUT);
	MHD_socket	listener = MHD_quiesce_daemon(loop->daemon);

	if (listener != MHD_INVALID_SOCKET)
		close(listener);
	atomic_fetch_add(&nquiet, 1);
	while (atomic_load(&nquiet) < nthreads && monotonic_ms() < end)
		loop_turn(loop, last_tick_ms);
	loop->is_draining = true;
	event_hub_close(loop->hub);
	while ((loop->clients != NULL || lanes_busy(loop->lanes) > 0) && monotonic_ms() < end)
		loop_turn(loop, last_tick_ms);
}

/* loop_thread opens what a loop needs, serves until the program is to stop, drains, and closes all again. */
static void *
loop_thread(void *argument)
{
	LoopThread *t = argument;
	Loop	   *loop = &t->loop;
	struct epoll_event ev = {.events = EPOLLIN};
	int64_t		last_tick_ms = 0;
	int64_t		warm_ms;

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->now_ms = monotonic_ms();
	loop->lanes = lanes_new(loop->epoll_fd);
	loop->redis = redis_open(loop->epoll_fd);
	mailbox_watch(&loop->mailbox, loop->epoll_fd);

	/* Listen only when a request would find its connections. */
	warm_ms = loop->now_ms + WARM_UP_MS;
	while ((!all_lanes_are_up(loop) || redis_is_starting(loop->redis)) && monotonic_ms() < warm_ms && !atomic_load(&stopping))
		loop_turn(loop, &last_tick_ms);
	follow_routes(loop);
	if ((loop->daemon = open_daemon(loop)) == NULL)
	{
		log_line(LOG_ERROR, "cannot listen", "address", config_text(CONFIG_APP_ADDRESS),
				 "#port", config_text(CONFIG_APP_PORT), "error", strerror(errno), NULL);
		atomic_fetch_add(&nquiet, 1);
		atomic_store(&t->state, -1);
		return NULL;
	}
	ev.data.ptr = NULL;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD,
			  MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &ev);
	atomic_store(&t->state, 1);

	while (!atomic_load(&stopping))
		loop_turn(loop, &last_tick_ms);
	drain_loop(loop, &last_tick_ms);
	lanes_close(loop->lanes);
	generation_unref(loop->generation);
	keys_release();
	log_flush();
	return NULL;
}

bool
loops_start(void)
{
	bool		ok = true;

	nthreads = (int) config_int(CONFIG_HTTP_LOOPS);
	threads = calloc((size_t) nthreads, sizeof(*threads));
	for (int i = 0; i < nthreads; i++)
	{
		threads[i].loop.number = i;
		mailbox_init(&threads[i].loop.mailbox);
		threads[i].loop.hub = event_hub_new(&threads[i].loop.mailbox);
		if (pthread_create(&threads[i].thread, NULL, loop_thread, &threads[i]) != 0)
			abort();
	}
	for (int i = 0; i < nthreads; i++)
	{
		while (atomic_load(&threads[i].state) == 0)
			usleep(1000);
		ok = ok && atomic_load(&threads[i].state) > 0;
	}
	return ok;
}

void
loops_stop(void)
{
	atomic_store(&stopping, true);
	for (int i = 0; i < nthreads; i++)
		pthread_join(threads[i].thread, NULL);
}
