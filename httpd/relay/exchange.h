/*
 * exchange.h
 *		HTTP calls that run side by side, a thin layer over libcurl's multi
 *		interface: a call goes in, its answer comes back by a function. In the
 *		thread of the relay's loop.
 */
#ifndef VEZA_EXCHANGE_H
#define VEZA_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXCHANGE_BODY_MAX (1024 * 1024)

/* How a call ended. */
typedef enum ExchangeEnd
{
	EXCHANGE_ANSWERED,			/* status and body are there */
	EXCHANGE_NOT_SENT,			/* no connection: nothing reached the other side */
	EXCHANGE_TIMED_OUT,			/* silence: it may have happened */
	EXCHANGE_BROKEN				/* cut, too long: it may have happened */
} ExchangeEnd;

typedef struct ExchangeResult
{
	ExchangeEnd end;
	int			status;
	const char *body;			/* NUL-terminated */
	size_t		length;
	const char *problem;		/* in words, when not answered */
	int64_t		duration_ms;
} ExchangeResult;

typedef void (*ExchangeDone) (void *owner, const ExchangeResult *result);

/* Sets what every call of the relay has, of an easy handle: where to, how long, http alone, no proxy, no redirect. */
extern void exchange_prepare(void *easy, const char *url, int64_t timeout_ms);

/* Before all others, once; aborts when libcurl cannot be set up. */
extern void exchange_init(void);

/*
 * Starts a call. headers is a NULL-terminated list of "Name: value"; body may
 * be NULL. done is called later, from exchange_run, unless false is returned.
 */
extern bool exchange_start(const char *method, const char *url, const char *const *headers,
						   const char *body, int64_t timeout_ms, ExchangeDone done, void *owner);

/* Waits up to wait_ms for something to happen on calls or on extra_fd (-1: none), and goes on. */
extern void exchange_run(int wait_ms, int extra_fd);

#endif							/* VEZA_EXCHANGE_H */
