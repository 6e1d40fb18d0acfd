/*
 * probe.c
 *		Do the other services answer? (see probe.h)
 *
 * One thread asks all of them with non-blocking sockets and one poll; names
 * are resolved by the C library's own threads, so that a hanging resolver
 * costs the deadline and no more.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../base/watch.h"
#include "../config/config.h"
#include "../config/service_url.h"

#define LOOK_EVERY_S	5
#define LOOK_MS			2000

typedef struct Probe
{
	ServiceUrl	url;
	char		question[512];
	size_t		question_len;
	const char *answers[2];		/* how a good answer begins */
	char		answer[64];
	size_t		answer_len;
	struct gaicb lookup;
	struct addrinfo hints;
	int			fd;
	bool		is_asked;
	bool		is_done;
	int64_t		start_us;
} Probe;

static const struct
{
	const char *name;
	ConfigId	url;
	int			enable;			/* ConfigId, or -1: always */
	const char *default_port;
	const char *question;		/* NULL: GET /health */
	size_t		question_len;
	const char *answers[2];
}			services[SERVICE_COUNT] = {
	{"redis", CONFIG_REDIS_URL, CONFIG_REDIS_ENABLE, "6379", "PING\r\n", 6, {"+PONG", "-NOAUTH"}},
	{"rabbitmq", CONFIG_RABBITMQ_URL, CONFIG_RABBITMQ_ENABLE, "5672", "AMQP\0\0\x09\x01", 8, {"\x01", "AMQP"}},
	{"chat_server", CONFIG_CHAT_SERVER_URL, -1, "80", NULL, 0, {"HTTP/1.1 2", "HTTP/1.0 2"}},
	{"stream_server", CONFIG_STREAM_SERVER_URL, -1, "80", NULL, 0, {"HTTP/1.1 2", "HTTP/1.0 2"}}
};

const char *
service_name(Service service)
{
	return services[service].name;
}

/* finish_probe closes the socket and notes the result: up when error is NULL, and how long it took. */
static void
finish_probe(Probe *p, ProbeResult *r, const char *error)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->is_done = true;
	r->status = error == NULL ? "ok" : "down";
	r->error = error;
	r->latency_us = monotonic_us() - p->start_us;
}

/* is_disabled says whether the configuration does without the service. */
static bool
is_disabled(Service s)
{
	return services[s].enable >= 0 && !config_bool((ConfigId) services[s].enable);
}

/* start_lookup prepares the question and begins to resolve the name. */
static void
start_lookup(Service s, Probe *p, ProbeResult *r)
{
	struct gaicb *list[1] = {&p->lookup};

	p->fd = -1;
	p->start_us = monotonic_us();
	if (is_disabled(s))
	{
		p->is_done = true;
		*r = (ProbeResult)
		{
			.status = "disabled"
		};
		return;
	}
	if (!service_url_parse(config_text(services[s].url), services[s].default_port, &p->url))
	{
		finish_probe(p, r, "the address cannot be read");
		return;
	}
	if (services[s].question != NULL)
	{
		memcpy(p->question, services[s].question, services[s].question_len);
		p->question_len = services[s].question_len;
	}
	else
		p->question_len = (size_t) snprintf(p->question, sizeof(p->question),
											"GET /health HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", p->url.host);
	memcpy(p->answers, services[s].answers, sizeof(p->answers));
	p->hints.ai_socktype = SOCK_STREAM;
	p->lookup.ar_name = p->url.host;
	p->lookup.ar_service = p->url.port;
	p->lookup.ar_request = &p->hints;
	if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) != 0)
		finish_probe(p, r, "the name cannot be resolved");
}

/* start_probe_connection connects to the first address that the name has. */
static void
start_probe_connection(Probe *p, ProbeResult *r)
{
	const struct addrinfo *a = p->lookup.ar_result;

	p->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || (connect(p->fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS))
		finish_probe(p, r, "the connection is refused");
}

/* answer_matches says whether the answer begins as it should; undecided while it is too short. */
static bool
answer_matches(const Probe *p, bool *undecided)
{
	*undecided = false;
	for (int i = 0; i < 2; i++)
	{
		size_t		len = strlen(p->answers[i]);
		size_t		n = p->answer_len < len ? p->answer_len : len;

		if (memcmp(p->answer, p->answers[i], n) != 0)
			continue;
		if (n == len)
			return true;
		*undecided = true;
	}
	return false;
}

/* continue_probe asks, or reads the answer. */
static void
continue_probe(Probe *p, ProbeResult *r)
{
	bool		undecided;
	ssize_t		n;
	int			error = 0;
	socklen_t	len = sizeof(error);

	if (!p->is_asked)
	{
		if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0 ||
			send(p->fd, p->question, p->question_len, MSG_NOSIGNAL) != (ssize_t) p->question_len)
			finish_probe(p, r, "the connection is refused");
		p->is_asked = true;
		return;
	}
	n = recv(p->fd, p->answer + p->answer_len, sizeof(p->answer) - p->answer_len, 0);
	if (n <= 0)
	{
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		finish_probe(p, r, "the connection was closed");
		return;
	}
	p->answer_len += (size_t) n;
	if (answer_matches(p, &undecided))
		finish_probe(p, r, NULL);
	else if (!undecided)
		finish_probe(p, r, "the answer is not a healthy one");
}

/* step_probes moves every probe forward that can be; returns how many are left. */
static int
step_probes(Probe *probes, ProbeResult *results, int wait_ms)
{
	struct pollfd fds[SERVICE_COUNT];
	int			which[SERVICE_COUNT];
	nfds_t		n = 0;
	int			left = 0;

	for (int s = 0; s < SERVICE_COUNT; s++)
	{
		Probe	   *p = &probes[s];

		if (!p->is_done && p->fd < 0)
		{
			int			rc = gai_error(&p->lookup);

			if (rc == 0)
				start_probe_connection(p, &results[s]);
			else if (rc != EAI_INPROGRESS)
				finish_probe(p, &results[s], "the name cannot be resolved");
		}
		if (p->is_done)
			continue;
		left++;
		if (p->fd >= 0)
		{
			fds[n] = (struct pollfd) {.fd = p->fd, .events = p->is_asked ? POLLIN : POLLOUT};
			which[n++] = s;
		}
	}
	if (left == 0)
		return 0;
	poll(fds, n, wait_ms < 10 ? wait_ms : 10);	/* names resolve without waking a poll */
	for (nfds_t i = 0; i < n; i++)
		if (fds[i].revents != 0)
			continue_probe(&probes[which[i]], &results[which[i]]);
	return left;
}

void
probe_all(int deadline_ms, ProbeResult results[SERVICE_COUNT])
{
	Probe	   *probes = calloc(SERVICE_COUNT, sizeof(*probes));
	int64_t		end = monotonic_ms() + deadline_ms;
	bool		is_stuck = false;

	if (probes == NULL)
		abort();
	memset(results, 0, sizeof(*results) * SERVICE_COUNT);
	for (int s = 0; s < SERVICE_COUNT; s++)
		start_lookup((Service) s, &probes[s], &results[s]);
	while (monotonic_ms() < end && step_probes(probes, results, (int) (end - monotonic_ms())) > 0)
		;
	for (int s = 0; s < SERVICE_COUNT; s++)
	{
		Probe	   *p = &probes[s];

		if (!p->is_done)
			finish_probe(p, &results[s], "no answer in time");
		if (p->lookup.ar_name != NULL && gai_error(&p->lookup) == EAI_INPROGRESS &&
			gai_cancel(&p->lookup) != EAI_CANCELED)
			is_stuck = true;
		else if (p->lookup.ar_result != NULL)
			freeaddrinfo(p->lookup.ar_result);
	}
	/* A lookup that cannot be cancelled still writes into its probe: better leak a page than be overwritten. */
	if (!is_stuck)
		free(probes);
}

static pthread_mutex_t latest_lock = PTHREAD_MUTEX_INITIALIZER;
static ProbeResult latest[SERVICE_COUNT];

/* probe_thread asks every few seconds, for ever. */
static void *
probe_thread(void *unused)
{
	ProbeResult results[SERVICE_COUNT];

	(void) unused;
	for (;;)
	{
		probe_all(LOOK_MS, results);
		pthread_mutex_lock(&latest_lock);
		memcpy(latest, results, sizeof(latest));
		pthread_mutex_unlock(&latest_lock);
		sleep(LOOK_EVERY_S);
	}
	return NULL;
}

void
probe_start(void)
{
	pthread_t	thread;

	for (int s = 0; s < SERVICE_COUNT; s++)
		latest[s].status = is_disabled((Service) s) ? "disabled" : "unknown";
	if (pthread_create(&thread, NULL, probe_thread, NULL) != 0)
		abort();
	pthread_detach(thread);
}

ProbeResult
probe_latest(Service service)
{
	ProbeResult r;

	pthread_mutex_lock(&latest_lock);
	r = latest[service];
	pthread_mutex_unlock(&latest_lock);
	return r;
}
