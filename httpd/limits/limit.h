/*
 * limit.h
 *		Counting requests in sliding windows.
 *
 * Pure: no library header; the clock is an argument. A window is cut into ten
 * sub-windows, and a request is admitted when all sub-windows that the last
 * window touches hold fewer than the limit. So no window of any length of
 * time, wherever it begins, ever holds more than the limit; in return a
 * request may have to wait a tenth of a window longer than by an exact count.
 * Safe from any thread.
 */
#ifndef VEZA_HTTPD_LIMIT_H
#define VEZA_HTTPD_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIMIT_PARTS			10
#define LIMIT_SUBJECT_SIZE	64
#define LIMIT_RULES_MAX		4

/* A limit that a request is under. */
typedef struct LimitRule
{
	const char *budget;			/* static; what is limited */
	char		subject[LIMIT_SUBJECT_SIZE];	/* who: an address or a user's id */
	int64_t		limit;			/* requests per window, at least 1 */
	int64_t		window_ms;		/* a multiple of ten */
} LimitRule;

/* How a rule stands. */
typedef struct LimitStanding
{
	int64_t		remaining;		/* requests that would be admitted now */
	int64_t		retry_ms;		/* until a refused request would be admitted; 0: now */
	int64_t		reset_ms;		/* until nothing that was counted counts any more */
} LimitStanding;

typedef struct Limits Limits;

/*
 * A table for about so many keys; beyond that, those that were asked for
 * longest ago are forgotten. The seed keeps strangers from choosing keys that
 * hash alike.
 */
extern Limits *limits_new(size_t keys_max, uint64_t seed);
extern void limits_free(Limits *limits);

/*
 * Takes one request of every rule, or none: all rules are looked at before any
 * is counted. Says how each rule stands afterwards; a rule that refuses has a
 * retry_ms above 0.
 */
extern bool limits_take(Limits *limits, const LimitRule *rules, size_t n, int64_t now_ms, LimitStanding *standings);

/* Gives back what limits_take has taken at that time: the request was refused elsewhere. */
extern void limits_give_back(Limits *limits, const LimitRule *rules, size_t n, int64_t taken_ms);

/* Says yes once in a window for a rule: who tells others about refusals does it then. */
extern bool limits_first_refusal(Limits *limits, const LimitRule *rule, int64_t now_ms);

/* Keys that are kept at present. */
extern size_t limits_size(Limits *limits);

/* The rule that a client should know of: the longest wait of those that refuse, else the least that remains. */
extern size_t limits_tightest(const LimitStanding *standings, size_t n);

#endif							/* VEZA_HTTPD_LIMIT_H */
