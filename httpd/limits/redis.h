/*
 * redis.h
 *		Limits that several processes share through Redis: the rules of a
 *		request go in, Redis' answer comes back by a call. Each link belongs to
 *		the thread of its loop.
 *
 * Each loop has one connection. Redis counts by its own clock, all limits of a
 * request in one script, so that no two processes can both take the last place.
 * Redis is never needed: whoever asks gets an answer within a tenth of a second
 * or so, or none, and then nobody asks for a second or longer.
 */
#ifndef VEZA_REDIS_H
#define VEZA_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limit.h"

typedef struct RedisLink RedisLink;
typedef struct RedisAsk RedisAsk;

/* What Redis says: standings is NULL when it says nothing. Called once, in the loop's thread, unless forgotten. */
typedef void (*RedisDone) (void *owner, bool is_admitted, const LimitStanding *standings);

/* A link that connects by itself to REDIS_URL; NULL unless REDIS_ENABLE. epoll_fd is the loop's. */
extern RedisLink *redis_open(int epoll_fd);

/* Connects, gives up, tries again; call at least every 50 ms. The link may be NULL here and below. */
extern void redis_tick(RedisLink *link, int64_t now_ms);

/* Is its first attempt to connect under way? */
extern bool redis_is_starting(const RedisLink *link);

/* Takes one request of every rule, or none, as limits_take does; NULL: Redis is away, and done is not called. */
extern RedisAsk *redis_take(RedisLink *link, const LimitRule *rules, size_t n, RedisDone done, void *owner);

/* The owner wants no answer any more. */
extern void redis_forget(RedisAsk *ask);

/* Is there a link that is not up? From any thread. */
extern bool redis_is_away(void);

#endif							/* VEZA_REDIS_H */
