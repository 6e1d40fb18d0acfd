/*
 * loop.c
 *		Event loops (see loop.h).
 *
 * Each loop waits in one epoll set on libmicrohttpd's own epoll descriptor,
 * on its connections to PostgreSQL and on its mailbox. libmicrohttpd's
 * timeouts are inactivity only; the absolute deadlines of clients are kept
 * here and cut with shutdown(2).
 */
#include "loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config.h"
#include "log.h"
#include "metrics.h"
#include "request.h"

#define TICK_MS				50
#define WARM_UP_MS			5000
#define MEMORY_PER_CLIENT	(16 * 1024)
#define BACKLOG				1024

typedef struct Mail
{
	void		(*function) (void *);
	void	   *argument;
	struct Mail *next;
} Mail;

/* What surrounds a loop: its thread and its mailbox. */
typedef struct LoopThread
{
	Loop		loop;
	pthread_t	thread;
	pthread_mutex_t lock;
	Mail	   *mail;
	atomic_int	state;			/* 0 starting, 1 serving, -1 failed */
} LoopThread;

/* Connections of one client address, over all loops. */
typedef struct AddressCount
{
	char		address[64];
	int			n;
	struct AddressCount *next;
} AddressCount;

#define ADDRESS_SLOTS 1024

static LoopThread *threads;
static int	nthreads;
static atomic_bool stopping;
static __thread Loop *mine;

static pthread_mutex_t address_lock = PTHREAD_MUTEX_INITIALIZER;
static AddressCount *addresses[ADDRESS_SLOTS];

Loop *
loop_of_thread(void)
{
	return mine;
}

void
client_enter(Client *client, Phase phase, int64_t ms)
{
	client->phase = phase;
	client->deadline_ms = client->loop->now_ms + ms;
}

/* address_text writes a socket address without its port. */
static void
address_text(const struct sockaddr *address, socklen_t len, char *out, size_t size)
{
	if (getnameinfo(address, len, out, (socklen_t) size, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(out, size, "unknown");
}

/* is_trusted_proxy says whether the address stands in TRUSTED_PROXIES. */
static bool
is_trusted_proxy(const char *address)
{
	const char *list = config_text(CONFIG_TRUSTED_PROXIES);
	size_t		len = strlen(address);

	while (list != NULL && *list != '\0')
	{
		size_t		n;

		list += strspn(list, ", ");
		n = strcspn(list, ", ");
		if (n == len && strncmp(list, address, n) == 0)
			return true;
		list += n;
	}
	return false;
}

/* count_address adds to the number of connections of an address; returns the new number. */
static int
count_address(const char *address, int change)
{
	unsigned int hash = 2166136261u;
	AddressCount **p;
	AddressCount *a;
	int			n;

	for (const char *c = address; *c != '\0'; c++)
		hash = (hash ^ (unsigned char) *c) * 16777619u;
	pthread_mutex_lock(&address_lock);
	for (p = &addresses[hash % ADDRESS_SLOTS]; (a = *p) != NULL; p = &a->next)
		if (strcmp(a->address, address) == 0)
			break;
	if (a == NULL && change > 0)
	{
		a = calloc(1, sizeof(*a));
		snprintf(a->address, sizeof(a->address), "%s", address);
		*p = a;
	}
	n = a ? (a->n += change) : 0;
	if (a != NULL && n <= 0)
	{
		*p = a->next;
		free(a);
	}
	pthread_mutex_unlock(&address_lock);
	return n;
}

/* accept_client refuses connections beyond the limit of their address. */
static enum MHD_Result
accept_client(void *cls, const struct sockaddr *address, socklen_t len)
{
	int64_t		limit = config_int(CONFIG_MAX_CONNECTIONS_PER_IP);
	char		text[64];

	(void) cls;
	if (limit == 0)
		return MHD_YES;
	address_text(address, len, text, sizeof(text));
	if (is_trusted_proxy(text))
		return MHD_YES;
	if (count_address(text, 0) >= limit)
		return MHD_NO;
	return MHD_YES;
}

/* client_event keeps the list of the loop's clients. */
static void
client_event(void *cls, struct MHD_Connection *connection, void **context,
			 enum MHD_ConnectionNotificationCode what)
{
	Loop	   *loop = cls;
	Client	   *client = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED)
	{
		const struct sockaddr *address =
			MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;

		if ((client = calloc(1, sizeof(*client))) == NULL)
			abort();
		client->loop = loop;
		client->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		address_text(address, address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
					 client->address, sizeof(client->address));
		count_address(client->address, 1);
		client_enter(client, PHASE_HEAD, config_int(CONFIG_HEADER_TIMEOUT));
		client->previous = &loop->clients;
		if ((client->next = loop->clients) != NULL)
			client->next->previous = &client->next;
		loop->clients = client;
		*context = client;
		metrics_add(GAUGE_CLIENTS, 1);
	}
	else if (client != NULL)
	{
		if ((*client->previous = client->next) != NULL)
			client->next->previous = client->previous;
		count_address(client->address, -1);
		free(client);
		*context = NULL;
		metrics_add(GAUGE_CLIENTS, -1);
	}
}

/* cut_clients ends connections past their deadline; idle ones at once when draining. */
static void
cut_clients(Loop *loop)
{
	for (Client *c = loop->clients; c != NULL; c = c->next)
	{
		bool		is_over = c->phase != PHASE_WORK && loop->now_ms >= c->deadline_ms;

		if (!is_over && !(loop->is_draining && c->phase == PHASE_IDLE))
			continue;
		if (is_over && c->phase != PHASE_IDLE)
			metrics_count(COUNTER_DEADLINE_CUT);
		shutdown(c->fd, SHUT_RDWR);
		c->deadline_ms = loop->now_ms + 1000;
	}
}

/* keep_raw leaves percent escapes alone: targets are decoded once, by target.c. */
static size_t
keep_raw(void *cls, struct MHD_Connection *connection, char *text)
{
	(void) cls;
	(void) connection;
	return strlen(text);
}

/* quiet keeps libmicrohttpd's own messages at DEBUG. */
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
							  (uint16_t) config_int(CONFIG_APP_PORT), accept_client, NULL, request_handle, NULL,
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

/* The mailbox's watch: the eventfd is read, then every letter is opened. */
typedef struct Mailbox
{
	Watch		watch;
	LoopThread *thread;
} Mailbox;

/* open_mail runs what was posted. */
static void
open_mail(Watch *watch, uint32_t events)
{
	LoopThread *t = ((Mailbox *) watch)->thread;
	Mail	   *mail;
	uint64_t	count;

	(void) events;
	if (read(t->loop.mail_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	pthread_mutex_lock(&t->lock);
	mail = t->mail;
	t->mail = NULL;
	pthread_mutex_unlock(&t->lock);
	while (mail != NULL)
	{
		Mail	   *next = mail->next;

		mail->function(mail->argument);
		free(mail);
		mail = next;
	}
}

void
loop_post(Loop *loop, void (*function) (void *), void *argument)
{
	LoopThread *t = (LoopThread *) loop;
	Mail	   *mail = calloc(1, sizeof(*mail));
	uint64_t	one = 1;

	if (mail == NULL)
		abort();
	mail->function = function;
	mail->argument = argument;
	pthread_mutex_lock(&t->lock);
	mail->next = t->mail;
	t->mail = mail;
	pthread_mutex_unlock(&t->lock);
	if (write(loop->mail_fd, &one, sizeof(one)) < 0)
		return;					/* the counter is full: the loop is woken anyway */
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

/* turn waits for something to happen and deals with it. */
static void
turn(Loop *loop, int64_t *last_tick_ms)
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
		lanes_tick(loop->lanes, loop->now_ms);
		requests_tick(loop);
		cut_clients(loop);
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

/* drain stops listening and goes on until the last answer is out or the time is up. */
static void
drain(Loop *loop, int64_t *last_tick_ms)
{
	int64_t		end = monotonic_ms() + config_int(CONFIG_SHUTDOWN_TIMEOUT);
	MHD_socket	listener = MHD_quiesce_daemon(loop->daemon);

	if (listener != MHD_INVALID_SOCKET)
		close(listener);
	loop->is_draining = true;
	while ((loop->clients != NULL || lanes_busy(loop->lanes) > 0) && monotonic_ms() < end)
		turn(loop, last_tick_ms);
}

/* serve is the thread of a loop. */
static void *
serve(void *argument)
{
	LoopThread *t = argument;
	Loop	   *loop = &t->loop;
	Mailbox		mailbox = {{open_mail}, t};
	struct epoll_event ev = {.events = EPOLLIN};
	int64_t		last_tick_ms = 0;
	int64_t		warm_ms;

	mine = loop;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->now_ms = monotonic_ms();
	loop->lanes = lanes_new(loop->epoll_fd);
	ev.data.ptr = &mailbox;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->mail_fd, &ev);

	/* Listen only when a request would find its connections. */
	warm_ms = loop->now_ms + WARM_UP_MS;
	while (!all_lanes_are_up(loop) && monotonic_ms() < warm_ms && !atomic_load(&stopping))
		turn(loop, &last_tick_ms);
	follow_routes(loop);
	if ((loop->daemon = open_daemon(loop)) == NULL)
	{
		log_line(LOG_ERROR, "cannot listen", "address", config_text(CONFIG_APP_ADDRESS),
				 "port", config_text(CONFIG_APP_PORT), "error", strerror(errno), NULL);
		atomic_store(&t->state, -1);
		return NULL;
	}
	ev.data.ptr = NULL;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD,
			  MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &ev);
	atomic_store(&t->state, 1);

	while (!atomic_load(&stopping))
		turn(loop, &last_tick_ms);
	drain(loop, &last_tick_ms);
	lanes_close(loop->lanes);
	generation_unref(loop->generation);
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
		threads[i].loop.mail_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		pthread_mutex_init(&threads[i].lock, NULL);
		if (pthread_create(&threads[i].thread, NULL, serve, &threads[i]) != 0)
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
