/*
 * limit_test.c
 *		Sliding windows: never more than the limit in any window, an honest
 *		wait, all rules or none, and a table that stays within its bounds.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../httpd/limits/limit.h"
#include "tap.h"

#define SEED 42

/* rule makes a rule. */
static LimitRule
rule(const char *budget, const char *subject, int64_t limit, int64_t window_ms)
{
	LimitRule	r = {.budget = budget, .limit = limit, .window_ms = window_ms};

	snprintf(r.subject, sizeof(r.subject), "%s", subject);
	return r;
}

/* take takes one request of one rule. */
static bool
take(Limits *l, LimitRule r, int64_t now_ms, LimitStanding *standing)
{
	return limits_take(l, &r, 1, now_ms, standing);
}

/* test_burst: as many as the limit, then none, and what the answers say. */
static void
test_burst(void)
{
	Limits	   *l = limits_new(1000, SEED);
	LimitRule	r = rule("login", "192.0.2.1", 5, 1000);
	LimitStanding s;

	for (int i = 0; i < 5; i++)
	{
		each(take(l, r, 5030 + i, &s), "request %d", i);
		each(s.remaining == 4 - i && s.retry_ms == 0, "remaining %d", (int) s.remaining);
	}
	all("as many as the limit are admitted, and count down");
	is_number(s.reset_ms, 6100 - 5034, "the limit is whole again when the last sub-window has left");
	ok(!take(l, r, 5040, &s), "one more is refused");
	is_number(s.remaining, 0, "nothing remains");
	is_number(s.retry_ms, 6100 - 5040, "it says how long to wait");
	ok(!take(l, r, 6099, &s), "just before that it is refused");
	ok(take(l, r, 6100, &s), "then it is admitted");
	ok(take(l, rule("login", "192.0.2.2", 5, 1000), 5040, &s), "another subject is another key");
	ok(take(l, rule("reset", "192.0.2.1", 5, 1000), 5040, &s), "another budget is another key");
	limits_free(l);
}

/* test_refused_is_free: refused requests do not lengthen the wait. */
static void
test_refused_is_free(void)
{
	Limits	   *l = limits_new(1000, SEED);
	LimitRule	r = rule("global", "a", 2, 1000);
	LimitStanding s;

	take(l, r, 10000, &s);
	take(l, r, 10000, &s);
	for (int64_t t = 10001; t < 11100; t++)
		each(!take(l, r, t, &s), "at %d", (int) t);
	all("who goes on is refused");
	ok(take(l, r, 11100, &s), "and admitted as soon as the admitted ones have left");
	is_number(s.remaining, 1, "nothing that was refused counts");
	limits_free(l);
}

/* test_any_window: with requests at random times, no window ever holds more than the limit, and every wait is honest. */
static void
test_any_window(void)
{
	static int64_t admitted[20000];
	Limits	   *l = limits_new(1000, SEED);
	LimitRule	r = rule("global", "a", 7, 500);
	LimitStanding s;
	int64_t		now = 123456;
	int64_t		promised = 0;
	int			n = 0;
	int			refused = 0;

	srand(7);
	for (int i = 0; i < 20000; i++)
	{
		now += rand() % 60 == 0 ? rand() % 900 : rand() % 90;
		if (take(l, r, now, &s))
		{
			each(n < 7 || now - admitted[n - 7] >= 500, "eight in a window at %d", (int) now);
			each(now >= promised, "too early at %d", (int) now);
			admitted[n++] = now;
		}
		else
		{
			each(s.retry_ms > 0 && s.retry_ms <= 550, "a wait of %d", (int) s.retry_ms);
			promised = now + s.retry_ms;
			refused++;
			if (refused % 5 == 0)
			{
				now = promised;
				each(take(l, r, now, &s), "after the promised wait, at %d", (int) now);
				admitted[n++] = now;
			}
		}
	}
	all("no window holds more than the limit; who waits as told is admitted, and nobody before");
	ok(n > 1000 && refused > 1000, "both happened: %d admitted, %d refused", n, refused);
	limits_free(l);
}

/* test_all_or_none: a request that one of its limits refuses takes nothing of the others. */
static void
test_all_or_none(void)
{
	Limits	   *l = limits_new(1000, SEED);
	LimitRule	rules[3] = {rule("global", "a", 10, 1000), rule("global", "u", 3, 1000), rule("upload", "u", 5, 2000)};
	LimitStanding s[3];

	for (int i = 0; i < 3; i++)
		each(limits_take(l, rules, 3, 1000, s), "request %d", i);
	all("all three admit");
	is_number(limits_tightest(s, 3), 1, "the tightest is the one with the least left");
	for (int i = 0; i < 20; i++)
		each(!limits_take(l, rules, 3, 1000, s), "request %d", i);
	all("then the second refuses");
	is_number(s[0].remaining, 7, "and nothing was taken of the first");
	is_number(s[2].remaining, 2, "nor of the third");
	is_number(limits_tightest(s, 3), 1, "the tightest is the one that refuses");
	rules[2].limit = 1;
	limits_take(l, rules, 3, 1000, s);
	is_number(limits_tightest(s, 3), 2, "of two that refuse, the one with the longer wait");
	limits_free(l);
}

/* test_give_back: what was given back can be taken again, once. */
static void
test_give_back(void)
{
	Limits	   *l = limits_new(1000, SEED);
	LimitRule	r = rule("global", "a", 2, 1000);
	LimitStanding s;

	take(l, r, 1050, &s);
	take(l, r, 1250, &s);
	limits_give_back(l, &r, 1, 1250);
	ok(take(l, r, 1300, &s), "one was given back");
	ok(!take(l, r, 1300, &s), "and no more than one");
	limits_give_back(l, &r, 1, 1050);
	take(l, r, 1310, &s);
	is_number(s.reset_ms, 2400 - 1310, "what was given back leaves its sub-window");
	limits_give_back(l, &r, 1, 100);
	ok(!take(l, r, 1320, &s), "giving back what was never taken changes nothing");
	r.window_ms = 100;
	limits_give_back(l, &r, 1, 1320);
	take(l, r, 5000, &s);
	limits_give_back(l, &r, 1, 4000);
	is_number(s.remaining, 1, "nor does what has left the window");
	limits_free(l);
}

/* test_clocks: a thread whose clock is a little behind counts into the same windows. */
static void
test_clocks(void)
{
	Limits	   *l = limits_new(1000, SEED);
	LimitRule	r = rule("global", "a", 2, 1000);
	LimitStanding s;

	take(l, r, 1200, &s);
	ok(take(l, r, 1199, &s), "a clock that is behind");
	ok(!take(l, r, 1201, &s), "counts all the same");
	limits_give_back(l, &r, 1, 1199);
	ok(take(l, r, 1210, &s), "and can be given back by it");
	ok(!take(l, r, 2299, &s) && take(l, r, 2300, &s), "it leaves with the newer clock's window");
	ok(take(l, rule("global", "b", 1, 1000), 0, &s) && !take(l, rule("global", "b", 1, 1000), 1, &s), "time may begin at 0");
	limits_free(l);
}

/* test_first_refusal: yes once in a window, for each rule. */
static void
test_first_refusal(void)
{
	Limits	   *l = limits_new(1000, SEED);
	LimitRule	r = rule("login", "a", 1, 1000);
	LimitRule	other = rule("login", "b", 1, 1000);

	ok(limits_first_refusal(l, &r, 5000), "the first");
	ok(!limits_first_refusal(l, &r, 5001) && !limits_first_refusal(l, &r, 5999), "no other in this window");
	ok(limits_first_refusal(l, &other, 5001), "but of another subject");
	ok(limits_first_refusal(l, &r, 6000), "and in the next window");
	limits_free(l);
}

/* test_bounds: idle keys go, and the table never holds more than it may; who is active stays. */
static void
test_bounds(void)
{
	Limits	   *l = limits_new(2000, SEED);
	LimitRule	steady = rule("global", "steady", 1, 1000000);
	LimitStanding s;
	char		name[32];
	size_t		most = 0;

	take(l, steady, 0, &s);
	for (int i = 0; i < 100000; i++)
	{
		snprintf(name, sizeof(name), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		take(l, rule("global", name, 10, 1000000), 10, &s);
		if (i % 100 == 0)
			each(!take(l, steady, 10, &s), "after %d", i);
		most = limits_size(l) > most ? limits_size(l) : most;
	}
	all("a key that is used is not forgotten, whatever strangers do");
	ok(most <= 2048 && most > 1500, "the table has at most %d keys", (int) most);
	for (int i = 0; i < 100000; i++)
	{
		snprintf(name, sizeof(name), "%d", i);
		take(l, rule("global", name, 10, 100), 2000000 + i, &s);
	}
	ok(limits_size(l) < 600, "idle keys are swept: %d are left of those of the last 110 ms", (int) limits_size(l));
	limits_free(l);
}

/* Threads that take from the same keys. */
typedef struct Taker
{
	Limits	   *limits;
	pthread_barrier_t *start;
	int			number;
	int			admitted;
} Taker;

/* take_many takes requests of a shared and of an own rule, in changing order. */
static void *
take_many(void *argument)
{
	Taker	   *t = argument;
	char		name[8];
	LimitRule	rules[2];
	LimitStanding s[2];

	snprintf(name, sizeof(name), "%d", t->number);
	rules[t->number % 2] = rule("global", "shared", 100000, 100000);
	rules[1 - t->number % 2] = rule("global", name, 40000, 100000);
	pthread_barrier_wait(t->start);
	for (int i = 0; i < 50000; i++)
		t->admitted += limits_take(t->limits, rules, 2, 1000 + i / 1000, s);
	return NULL;
}

/* test_threads: exactly the limit is admitted, whoever asks. */
static void
test_threads(void)
{
	Limits	   *l = limits_new(1000, SEED);
	pthread_t	threads[8];
	Taker		takers[8];
	pthread_barrier_t start;
	int			sum = 0;

	pthread_barrier_init(&start, NULL, 8);
	for (int i = 0; i < 8; i++)
	{
		takers[i] = (Taker) {l, &start, i, 0};
		pthread_create(&threads[i], NULL, take_many, &takers[i]);
	}
	for (int i = 0; i < 8; i++)
	{
		pthread_join(threads[i], NULL);
		each(takers[i].admitted <= 40000, "thread %d: %d", i, takers[i].admitted);
		sum += takers[i].admitted;
	}
	all("each thread stays within its own limit");
	pthread_barrier_destroy(&start);
	is_number(sum, 100000, "and all together take exactly the shared one");
	limits_free(l);
}

/* main runs the tests. */
int
main(void)
{
	test_burst();
	test_refused_is_free();
	test_any_window();
	test_all_or_none();
	test_give_back();
	test_clocks();
	test_first_refusal();
	test_bounds();
	test_threads();
	return done_testing();
}
