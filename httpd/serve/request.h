/*
 * request.h
 *		A request as a value, and what can be done to it by whoever works on it.
 *		It belongs to its loop's thread, but for work aside (aside.h). handler.c
 *		leads it from its first byte to its answer.
 */
#ifndef VEZA_REQUEST_H
#define VEZA_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "../answers/refuse.h"
#include "../files/upload.h"
#include "../limits/limit.h"
#include "../trust/token.h"
#include "../wire/admit.h"
#include "../wire/forwarded.h"
#include "../wire/request_id.h"
#include "client.h"

#define LANGUAGE_MAX 8

/* The limits that a request is under, and how they stand; limiter.c's. */
typedef struct RequestLimit
{
	bool		is_taken;		/* the request was counted: dispatch goes on behind that */
	bool		is_monitor;		/* it asks how we are: that counts by itself, beside all other requests */
	bool		is_known;		/* it was counted in this process: the members below are */
	bool		is_admitted;	/* and is within its limits there */
	LimitRule	rules[LIMIT_RULES_MAX];
	size_t		nrules;
	int64_t		taken_ms;
	size_t		tightest;		/* the rule that the client is told of */
	LimitStanding standing;
	int64_t		reset_at;		/* Unix time */
	struct RedisAsk *ask;		/* while Redis is being asked */
} RequestLimit;

/* Whether the database is asked before a body comes. */
typedef enum RequestAdmission
{
	ADMISSION_NONE,
	ADMISSION_ASKED,			/* no leave was given yet: whatever is answered now, the body is not read */
	ADMISSION_GIVEN,			/* the body may come: body_begin */
	ADMISSION_TAKEN
} RequestAdmission;

struct Request
{
	Watch		watch;			/* of the client's socket, while we work */
	Loop	   *loop;
	struct MHD_Connection *connection;
	Client	   *client;
	char	   *raw_target;
	char	   *if_match;		/* conditions; NULL: none */
	char	   *if_none_match;
	char	   *range;			/* what a reader wants of a file; NULL: all of it */
	char	   *if_range;
	bool		is_chunked;
	char	   *target_text;	/* what target points into */
	Target		target;
	char		method[16];
	char		id[REQUEST_ID_MAX + 1];
	char		language[LANGUAGE_MAX + 1]; /* that the client reads */
	char		address[ADDRESS_SIZE];	/* the client's, behind trusted proxies */
	const char *route_path;		/* template, for log and metrics */
	RouteMetrics *metrics;
	int64_t		started_us;
	int64_t		deadline_ms;

	Generation *generation;		/* referenced */
	const Route *route;
	struct Resume *resume;		/* it is about an upload in several requests; resume.c's, or NULL */
	RequestAdmission admission;
	Upload	   *upload;			/* the body is a file */
	bool		waits_for_disk;
	int64_t		held_since_ms;	/* since when */
	int64_t		held_ms;		/* how long it has waited for the disk so far: not its client's time */
	char	   *body;
	size_t		body_len;
	size_t		body_size;
	size_t		discarded;
	bool		is_admitted;

	Job		   *job;
	bool		is_suspended;
	bool		is_watched;
	bool		is_late;		/* past its deadline: cancelled */
	bool		has_reply;
	Reply		reply;
	char		user_id[UUID_TEXT_LEN + 1];
	TokenIdentity identity;
	bool		has_identity;
	RequestLimit limit;

	Request    *next;			/* among the loop's working requests */
	Request   **previous;
};

/* Who reads the answer; good while the request and its generation live. */
extern Reader request_reader(const Request *r);

/* Stores the answer. */
extern void request_reply(Request *r, Reply reply);

/* Stores a refusal by the catalogue; details is taken over and may be NULL. */
extern void request_refuse(Request *r, VzError error, json_t *details);

/* Puts the request among those being worked on, and suspends its connection. */
extern void request_start_work(Request *r);

/* Resumes the connection; libmicrohttpd calls the handler again, which answers. */
extern void request_end_work(Request *r);

/* Takes the client's socket out of the loop's epoll set again, if it is there. */
extern void request_stop_watching(Request *r);

#endif							/* VEZA_REQUEST_H */
