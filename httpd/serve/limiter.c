/*
 * limiter.c
 *		The rate limits of requests (see limiter.h).
 *
 * This process counts first, and what it refuses is refused. What it admits,
 * Redis is asked about, which counts for all processes; without its answer the
 * count of this process stands. So there is always a limit, and never an outage.
 */
#include "limiter.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../base/log.h"
#include "../base/metrics.h"
#include "../config/config.h"
#include "../limits/refusal_queue.h"

#define KEYS_MAX		(1 << 17)	/* at most 24 MB */
#define HOUR_MS			INT64_C(3600000)
#define UNKNOWN_MAX		16

typedef struct Budget
{
	const char *name;
	ConfigId	limit;
	int			window;			/* ConfigId, or -1: one unit */
	int64_t		unit_ms;
} Budget;

/* The first one is under every request. */
static const Budget budgets[] = {
	{"global", CONFIG_RATE_LIMIT_LIMIT, CONFIG_RATE_LIMIT_WINDOW, 1000},
	{"login", CONFIG_AUTH_RATE_LIMIT_LOGIN_ATTEMPTS, CONFIG_AUTH_RATE_LIMIT_LOGIN_WINDOW, 60000},
	{"register", CONFIG_RATE_LIMIT_REGISTER, -1, HOUR_MS},
	{"resend", CONFIG_RATE_LIMIT_RESEND, -1, HOUR_MS},
	{"reset_request", CONFIG_RATE_LIMIT_RESET_REQUEST, -1, HOUR_MS},
	{"reset", CONFIG_RATE_LIMIT_RESET, -1, HOUR_MS},
	{"refresh", CONFIG_RATE_LIMIT_REFRESH, -1, HOUR_MS},
	{"lookup", CONFIG_RATE_LIMIT_LOOKUP, -1, HOUR_MS / 60},
	{"upload", CONFIG_RATE_LIMIT_UPLOAD, -1, HOUR_MS},
	{"monitor", CONFIG_RATE_LIMIT_LIMIT, CONFIG_RATE_LIMIT_WINDOW, 1000},
};

static Limits *limits;			/* NULL: limits are switched off */

void
limiter_init(void)
{
	uint64_t	seed;

	if (config_bool(CONFIG_DISABLE_RATE_LIMIT_FOR_TESTS))
	{
		log_line(LOG_WARN, "rate limits are switched off by DISABLE_RATE_LIMIT_FOR_TESTS", NULL);
		return;
	}
	randombytes_buf(&seed, sizeof(seed));
	limits = limits_new(KEYS_MAX, seed);
}

/* complain_once logs a budget that nobody knows, the first time it is seen. */
static void
complain_once(const char *name)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static char seen[UNKNOWN_MAX][64];
	size_t		i = 0;

	pthread_mutex_lock(&lock);
	while (i < UNKNOWN_MAX && seen[i][0] != '\0' && strncmp(seen[i], name, sizeof(seen[i]) - 1) != 0)
		i++;
	if (i < UNKNOWN_MAX && seen[i][0] == '\0')
	{
		snprintf(seen[i], sizeof(seen[i]), "%s", name);
		log_line(LOG_WARN, "a route names a budget that is not known here; the global limit alone holds", "budget", name, NULL);
	}
	pthread_mutex_unlock(&lock);
}

/* budget_of returns the budget of that name; the global one when it is not known. */
static const Budget *
budget_of(const char *name)
{
	for (size_t i = 1; i < sizeof(budgets) / sizeof(budgets[0]); i++)
		if (strcmp(budgets[i].name, name) == 0)
			return &budgets[i];
	complain_once(name);
	return &budgets[0];
}

/* add_rule puts the request under a budget, as this subject. */
static void
add_rule(RequestLimit *l, const Budget *budget, const char *subject)
{
	LimitRule  *rule = &l->rules[l->nrules++];

	rule->budget = budget->name;
	rule->limit = config_int(budget->limit);
	rule->window_ms = budget->unit_ms * (budget->window < 0 ? 1 : config_int((ConfigId) budget->window));
	snprintf(rule->subject, sizeof(rule->subject), "%s", subject);
}

/* find_rules finds out which limits the request is under. */
static void
find_rules(Request *r)
{
	char		address[ADDRESS_SIZE];
	const Budget *budget = r->route && r->route->budget ? budget_of(r->route->budget) : &budgets[0];

	address_group(r->address, address);
	if (r->limit.is_monitor)
	{
		add_rule(&r->limit, budget_of("monitor"), address);
		return;
	}
	add_rule(&r->limit, &budgets[0], address);
	if (r->user_id[0] != '\0')
		add_rule(&r->limit, &budgets[0], r->user_id);
	if (budget != &budgets[0])
		add_rule(&r->limit, budget, r->user_id[0] ? r->user_id : address);
}

/* round_up_seconds rounds up: who comes back after them is not too early. */
static int64_t
round_up_seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

/* note_standing keeps what the client is told about its limits. */
static void
note_standing(RequestLimit *l, const LimitStanding *standings)
{
	l->tightest = limits_tightest(standings, l->nrules);
	l->standing = standings[l->tightest];
	l->reset_at = (int64_t) time(NULL) + round_up_seconds(l->standing.reset_ms);
	l->is_known = true;
}

/* refuse_limited makes the answer a refusal, and sees to it that the audit log gets one row a window. */
static void
refuse_limited(Request *r)
{
	const LimitRule *rule = &r->limit.rules[r->limit.tightest];
	int64_t		wait_s = round_up_seconds(r->limit.standing.retry_ms);
	Reader		reader = request_reader(r);

	request_reply(r, reply_refusal(VZ_E_RATE_LIMIT_EXCEEDED,
								   json_pack("{s:s, s:I, s:I, s:I}", "budget", rule->budget,
											 "limit", (json_int_t) rule->limit,
											 "window_seconds", (json_int_t) (rule->window_ms / 1000),
											 "retry_after", (json_int_t) wait_s),
								   &reader, (int) wait_s));
	metrics_rate_limited(rule->budget);
	if (limits_first_refusal(limits, rule, monotonic_ms()))
		refusal_queue_put(r->address, rule->budget);
}

/* redis_answered goes on with the request, by what Redis says if it says anything. */
static void
redis_answered(void *owner, bool is_admitted, const LimitStanding *standings)
{
	Request    *r = owner;

	r->limit.ask = NULL;
	if (standings != NULL)
	{
		/* What this process has counted is stricter when Redis has just forgotten its counts. */
		if (!is_admitted || standings[limits_tightest(standings, r->limit.nrules)].remaining < r->limit.standing.remaining)
			note_standing(&r->limit, standings);
		if (!is_admitted)
		{
			limits_give_back(limits, r->limit.rules, r->limit.nrules, r->limit.taken_ms);
			refuse_limited(r);
		}
	}
	request_end_work(r);
}

/* is_free says whether the request is under no limit: a question about CORS, or the payment provider's signed word. */
static bool
is_free(const Request *r)
{
	return strcmp(r->method, "OPTIONS") == 0 || (r->route != NULL && r->route->signature != NULL && !r->has_reply);
}

void
limiter_count(Request *r)
{
	LimitStanding standings[LIMIT_RULES_MAX];

	if (limits == NULL || is_free(r))
		return;
	r->limit.taken_ms = monotonic_ms();
	find_rules(r);
	r->limit.is_admitted = limits_take(limits, r->limit.rules, r->limit.nrules, r->limit.taken_ms, standings);
	note_standing(&r->limit, standings);
	if (!r->limit.is_admitted)
		refuse_limited(r);
}

void
limiter_take(Request *r)
{
	if (limits == NULL || is_free(r))
		return;
	r->limit.is_taken = true;
	if (!r->limit.is_known)
		limiter_count(r);
	if (r->limit.is_admitted &&
		(r->limit.ask = redis_take(r->loop->redis, r->limit.rules, r->limit.nrules, redis_answered, r)) != NULL)
		request_start_work(r);
}

void
limiter_add_headers(const Request *r, struct MHD_Response *response)
{
	const RequestLimit *l = &r->limit;
	const struct
	{
		const char *name;
		int64_t		value;
	}			headers[] = {
		{"X-RateLimit-Limit", l->rules[l->tightest].limit},
		{"X-RateLimit-Remaining", l->standing.remaining},
		{"X-RateLimit-Reset", l->reset_at},
	};
	char		text[24];

	if (l->is_monitor && l->is_admitted)
		return;					/* who monitors has its own count, and need not plan by it */
	for (size_t i = 0; l->is_known && i < sizeof(headers) / sizeof(headers[0]); i++)
	{
		snprintf(text, sizeof(text), "%lld", (long long) headers[i].value);
		MHD_add_response_header(response, headers[i].name, text);
	}
}

void
limiter_withdraw(Request *r)
{
	if (r->limit.ask != NULL)
		redis_forget(r->limit.ask);
	r->limit.ask = NULL;
}
