/*
 * redis.c
 *		Limits that several processes share through Redis (see redis.h).
 */
#include "redis.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "../base/log.h"
#include "../base/metrics.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "../config/service_url.h"
#include "redis_script.h"

#define ANSWER_MS		100		/* a request waits no longer */
#define HANDSHAKE_MS	1000	/* nobody waits for it */
#define BACKOFF_MIN_MS	1000
#define BACKOFF_MAX_MS	10000
#define WORDS_MAX		(3 + 3 * LIMIT_RULES_MAX)

typedef enum LinkState
{
	LINK_DOWN,
	LINK_RESOLVING,
	LINK_GREETING,				/* connecting, then AUTH, SELECT and SCRIPT LOAD */
	LINK_UP
} LinkState;

struct RedisAsk
{
	RedisLink  *link;
	RedisAsk   *next;
	RedisDone	done;
	void	   *owner;
	size_t		n;				/* rules that were asked about */
	int64_t		deadline_ms;
};

struct RedisLink
{
	Watch		watch;
	int			epoll_fd;
	int			fd;				/* as registered with epoll, or -1 */
	uint32_t	events;
	LinkState	state;
	bool		is_first;		/* the first attempt is not over */
	redisAsyncContext *context;
	ServiceUrl	url;
	struct gaicb lookup;
	struct addrinfo hints;
	int64_t		retry_at_ms;
	int64_t		give_up_at_ms;
	int64_t		backoff_ms;
	char		digest[41];		/* the script's name in Redis */
	RedisAsk   *oldest;
	RedisAsk  **tail;
};

static atomic_int away;			/* links that are not up */

bool
redis_is_away(void)
{
	return atomic_load(&away) > 0;
}

/* watch_for tells epoll what the connection waits for. */
static void
watch_for(RedisLink *link, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = link};

	if (link->context == NULL || (link->fd >= 0 && link->events == events))
		return;
	epoll_ctl(link->epoll_fd, link->fd < 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, link->context->c.fd, &ev);
	link->fd = link->context->c.fd;
	link->events = events;
}

/* add_read is what hiredis calls to be told when it can read. */
static void
add_read(void *link)
{
	watch_for(link, ((RedisLink *) link)->events | EPOLLIN);
}

/* del_read is the opposite of add_read. */
static void
del_read(void *link)
{
	watch_for(link, ((RedisLink *) link)->events & ~(uint32_t) EPOLLIN);
}

/* add_write is for writing what add_read is for reading. */
static void
add_write(void *link)
{
	watch_for(link, ((RedisLink *) link)->events | EPOLLOUT);
}

/* del_write is the opposite of add_write. */
static void
del_write(void *link)
{
	watch_for(link, ((RedisLink *) link)->events & ~(uint32_t) EPOLLOUT);
}

/* set_state notes how the link is, for itself and for who looks from outside. */
static void
set_state(RedisLink *link, LinkState state)
{
	int			change = (link->state == LINK_UP) - (state == LINK_UP);

	link->state = state;
	atomic_fetch_add(&away, change);
	metrics_add(GAUGE_REDIS_CONNECTIONS, -change);
}

/* back_off notes that the link is down, and when it is tried again. */
static void
back_off(RedisLink *link, const char *why)
{
	if (link->state == LINK_DOWN)
		return;
	if (link->state == LINK_UP)
		metrics_count(COUNTER_REDIS_LOST);
	log_line(link->state == LINK_UP || link->is_first ? LOG_WARN : LOG_DEBUG,
			 "Redis is away; rate limits are counted by this process alone", "error", why, NULL);
	set_state(link, LINK_DOWN);
	link->is_first = false;
	link->backoff_ms = link->backoff_ms == 0 ? BACKOFF_MIN_MS
		: link->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : link->backoff_ms * 2;
	link->retry_at_ms = monotonic_ms() + link->backoff_ms;
}

/* connection_freed is called by hiredis when it frees the connection, for whatever reason. */
static void
connection_freed(void *argument)
{
	RedisLink  *link = argument;

	back_off(link, link->context->errstr[0] ? link->context->errstr : "the connection was closed");
	if (link->fd >= 0)
		epoll_ctl(link->epoll_fd, EPOLL_CTL_DEL, link->fd, NULL);
	link->fd = -1;
	link->events = 0;
	link->context = NULL;
}

/* close_link ends the connection; who waits for an answer gets none. */
static void
close_link(RedisLink *link, const char *why)
{
	back_off(link, why);
	if (link->context != NULL)
		redisAsyncFree(link->context);
}

/* finish_ask hands out the answer; the oldest ask is always the one that is answered. */
static void
finish_ask(RedisAsk *ask, bool is_admitted, const LimitStanding *standings)
{
	RedisLink  *link = ask->link;

	if ((link->oldest = ask->next) == NULL)
		link->tail = &link->oldest;
	if (ask->owner != NULL)
		ask->done(ask->owner, is_admitted, standings);
	free(ask);
}

/* read_standings reads the script's answer; false when it is none. */
static bool
read_standings(const redisReply *reply, LimitStanding *standings, size_t n)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1 + 3 * n)
		return false;
	for (size_t i = 0; i < n; i++)
	{
		redisReply *const *r = &reply->element[1 + 3 * i];

		standings[i] = (LimitStanding)
		{
			.remaining = r[0]->integer, .retry_ms = r[1]->integer, .reset_ms = r[2]->integer
		};
	}
	return true;
}

/* script_answered is called with the script's answer, or with NULL when the connection is lost. */
static void
script_answered(redisAsyncContext *context, void *answer, void *argument)
{
	RedisAsk   *ask = argument;
	RedisLink  *link = ask->link;
	const redisReply *reply = answer;
	LimitStanding standings[LIMIT_RULES_MAX];

	(void) context;
	if (reply != NULL && read_standings(reply, standings, ask->n))
	{
		link->backoff_ms = 0;
		finish_ask(ask, reply->element[0]->integer == 1, standings);
		return;
	}
	finish_ask(ask, true, NULL);
	if (reply != NULL)
		close_link(link, reply->type == REDIS_REPLY_ERROR ? reply->str : "the answer makes no sense");
}

/* handshake_answered is called with the answers to AUTH, SELECT and SCRIPT LOAD; the last makes the link ready. */
static void
handshake_answered(redisAsyncContext *context, void *answer, void *argument)
{
	RedisLink  *link = argument;
	const redisReply *reply = answer;

	(void) context;
	if (reply == NULL || link->state != LINK_GREETING)
		return;
	if (reply->type == REDIS_REPLY_ERROR)
	{
		close_link(link, reply->str);
		return;
	}
	if (reply->type != REDIS_REPLY_STRING || reply->len != sizeof(link->digest) - 1)
		return;
	memcpy(link->digest, reply->str, sizeof(link->digest));
	set_state(link, LINK_UP);
	link->is_first = false;
	log_line(LOG_INFO, "Redis answers; rate limits are shared through it", NULL);
}

/* connection_ready is what epoll calls; hiredis may free the connection in either step. */
static void
connection_ready(Watch *watch, uint32_t events)
{
	RedisLink  *link = (RedisLink *) watch;

	if (link->context != NULL && events & ~(uint32_t) EPOLLOUT)
		redisAsyncHandleRead(link->context);
	if (link->context != NULL && events & EPOLLOUT)
		redisAsyncHandleWrite(link->context);
}

/* open_link connects to the resolved address and sends what must come before the first question. */
static void
open_link(RedisLink *link)
{
	char		host[NI_MAXHOST];
	const struct addrinfo *address = link->lookup.ar_result;
	redisAsyncContext *context = NULL;
	int			database = redis_url_database(&link->url);

	if (getnameinfo(address->ai_addr, address->ai_addrlen, host, sizeof(host), NULL, 0, NI_NUMERICHOST) == 0)
		context = redisAsyncConnect(host, atoi(link->url.port));
	freeaddrinfo(link->lookup.ar_result);
	link->lookup.ar_result = NULL;
	if (context == NULL || context->err != 0)
	{
		back_off(link, context ? context->errstr : "out of memory");
		if (context != NULL)
			redisAsyncFree(context);
		return;
	}
	link->context = context;
	context->ev.data = link;
	context->ev.addRead = add_read;
	context->ev.delRead = del_read;
	context->ev.addWrite = add_write;
	context->ev.delWrite = del_write;
	context->ev.cleanup = connection_freed;
	set_state(link, LINK_GREETING);
	if (link->url.password[0] != '\0' && link->url.user[0] != '\0')
		redisAsyncCommand(context, handshake_answered, link, "AUTH %s %s", link->url.user, link->url.password);
	else if (link->url.password[0] != '\0')
		redisAsyncCommand(context, handshake_answered, link, "AUTH %s", link->url.password);
	if (database != 0)
		redisAsyncCommand(context, handshake_answered, link, "SELECT %d", database);
	redisAsyncCommand(context, handshake_answered, link, "SCRIPT LOAD %s", redis_script);
}

/* resolve begins to look up the name of the host; the C library's threads do it. */
static void
resolve(RedisLink *link, int64_t now_ms)
{
	struct gaicb *list[1] = {&link->lookup};

	link->give_up_at_ms = now_ms + HANDSHAKE_MS;
	set_state(link, LINK_RESOLVING);
	if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) != 0)
		back_off(link, "the name cannot be resolved");
}

/* check_resolving looks whether the name is resolved; a lookup that hangs is waited for, because it writes into the link. */
static void
check_resolving(RedisLink *link)
{
	int			rc = gai_error(&link->lookup);

	if (rc == 0)
		open_link(link);
	else if (rc != EAI_INPROGRESS)
		back_off(link, gai_strerror(rc));
}

void
redis_tick(RedisLink *link, int64_t now_ms)
{
	if (link == NULL)
		return;
	if (link->state == LINK_DOWN && now_ms >= link->retry_at_ms)
		resolve(link, now_ms);
	if (link->state == LINK_RESOLVING)
		check_resolving(link);
	if (link->state == LINK_GREETING && now_ms >= link->give_up_at_ms)
		close_link(link, "no answer in time");
	if (link->oldest != NULL && now_ms >= link->oldest->deadline_ms)
		close_link(link, "no answer in time");
}

bool
redis_is_starting(const RedisLink *link)
{
	return link != NULL && link->is_first;
}

RedisAsk *
redis_take(RedisLink *link, const LimitRule *rules, size_t n, RedisDone done, void *owner)
{
	RedisAsk   *ask;
	char		keys[LIMIT_RULES_MAX][sizeof("veza:limit::") + 32 + LIMIT_SUBJECT_SIZE];
	char		numbers[1 + 2 * LIMIT_RULES_MAX][24];
	const char *words[WORDS_MAX];
	size_t		nwords = 3;

	if (link == NULL || link->state != LINK_UP || (ask = calloc(1, sizeof(*ask))) == NULL)
		return NULL;
	*ask = (RedisAsk) {.link = link, .done = done, .owner = owner, .n = n, .deadline_ms = monotonic_ms() + ANSWER_MS};
	snprintf(numbers[0], sizeof(numbers[0]), "%zu", n);
	words[0] = "EVALSHA";
	words[1] = link->digest;
	words[2] = numbers[0];
	for (size_t i = 0; i < n; i++)
	{
		snprintf(keys[i], sizeof(keys[i]), "veza:limit:%.32s:%s", rules[i].budget, rules[i].subject);
		words[nwords++] = keys[i];
	}
	for (size_t i = 0; i < n; i++)
	{
		snprintf(numbers[1 + 2 * i], sizeof(numbers[0]), "%lld", (long long) rules[i].limit);
		snprintf(numbers[2 + 2 * i], sizeof(numbers[0]), "%lld", (long long) rules[i].window_ms);
		words[nwords++] = numbers[1 + 2 * i];
		words[nwords++] = numbers[2 + 2 * i];
	}
	if (redisAsyncCommandArgv(link->context, script_answered, ask, (int) nwords, words, NULL) != REDIS_OK)
	{
		free(ask);
		return NULL;
	}
	*link->tail = ask;
	link->tail = &ask->next;
	return ask;
}

void
redis_forget(RedisAsk *ask)
{
	ask->owner = NULL;
}

RedisLink *
redis_open(int epoll_fd)
{
	RedisLink  *link;

	if (!config_bool(CONFIG_REDIS_ENABLE))
		return NULL;
	if ((link = calloc(1, sizeof(*link))) == NULL)
		abort();
	if (!service_url_parse(config_text(CONFIG_REDIS_URL), "6379", &link->url))
		abort();				/* the configuration was checked */
	link->watch.ready = connection_ready;
	link->epoll_fd = epoll_fd;
	link->fd = -1;
	link->is_first = true;
	link->tail = &link->oldest;
	link->hints.ai_socktype = SOCK_STREAM;
	link->lookup.ar_name = link->url.host;
	link->lookup.ar_service = link->url.port;
	link->lookup.ar_request = &link->hints;
	atomic_fetch_add(&away, 1);
	return link;
}
