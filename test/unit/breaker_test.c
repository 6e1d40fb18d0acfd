/*
 * breaker_test.c
 *		The circuit breaker, with time as an argument.
 */
#include "../../httpd/relay/breaker.h"
#include "tap.h"

#define LIMIT		5
#define FIRST_OPEN	15000

/* fail_times lets n calls fail, a second apart; returns the time after them. */
static int64_t
fail_times(Breaker *b, int n, int64_t now)
{
	for (int i = 0; i < n; i++, now += 1000)
		breaker_failure(b, now);
	return now;
}

/* test_opening: how many failures, and within what time. */
static void
test_opening(void)
{
	Breaker		b;

	breaker_init(&b, LIMIT, FIRST_OPEN);
	is_text(breaker_word(&b), "closed", "it begins closed");
	ok(breaker_allows(&b, 0), "and lets calls pass");
	is_number(breaker_wait_ms(&b, 0), 0, "without a wait");
	fail_times(&b, LIMIT - 1, 0);
	is_text(breaker_word(&b), "closed", "one failure less than the limit leaves it closed");
	breaker_failure(&b, 5000);
	is_text(breaker_word(&b), "open", "the last one opens it");
	ok(!breaker_allows(&b, 5000), "nothing passes");
	is_number(breaker_wait_ms(&b, 5000), FIRST_OPEN, "for as long as it was told");
	is_number(breaker_wait_ms(&b, 5000 + FIRST_OPEN - 1), 1, "to the millisecond");
	ok(!breaker_allows(&b, 5000 + FIRST_OPEN - 1), "not a millisecond earlier");
	ok(breaker_allows(&b, 5000 + FIRST_OPEN), "then a probe passes");
	is_text(breaker_word(&b), "half_open", "and it is half open");
	is_number(breaker_wait_ms(&b, 5000 + FIRST_OPEN), 0, "with no wait");

	breaker_init(&b, LIMIT, FIRST_OPEN);
	fail_times(&b, LIMIT - 1, 0);
	breaker_success(&b);
	fail_times(&b, LIMIT - 1, 5000);
	is_text(breaker_word(&b), "closed", "a success between them starts the count anew");

	breaker_init(&b, LIMIT, FIRST_OPEN);
	fail_times(&b, LIMIT - 1, 0);
	breaker_failure(&b, 30001);
	is_text(breaker_word(&b), "closed", "failures spread over more than 30 s do not open it");
	fail_times(&b, LIMIT - 1, 30002);
	is_text(breaker_word(&b), "open", "the later ones count from the first of them");

	breaker_init(&b, 1, FIRST_OPEN);
	breaker_failure(&b, 0);
	is_text(breaker_word(&b), "open", "a limit of one opens at the first failure");
}

/* test_probe: half open, and the doubling of the wait. */
static void
test_probe(void)
{
	Breaker		b;
	int64_t		now = 0;
	int64_t		waits[7];

	breaker_init(&b, LIMIT, FIRST_OPEN);
	now = fail_times(&b, LIMIT, now);
	for (int i = 0; i < 7; i++)
	{
		waits[i] = b.until_ms - b.open_ms == now - 1000 || i > 0 ? b.open_ms : -1;
		now = b.until_ms;
		each(breaker_allows(&b, now), "no probe in round %d", i);
		breaker_failure(&b, now);
		each(b.state == BREAKER_OPEN, "one failed probe opens it again");
	}
	all("each time one failed probe opens it again");
	each(waits[0] == 15000 && waits[1] == 30000 && waits[2] == 60000 && waits[3] == 120000 && waits[4] == 240000 &&
		 waits[5] == 300000 && waits[6] == 300000, "%lld %lld %lld %lld %lld %lld %lld", (long long) waits[0],
		 (long long) waits[1], (long long) waits[2], (long long) waits[3], (long long) waits[4], (long long) waits[5],
		 (long long) waits[6]);
	all("the wait doubles, up to five minutes");
	breaker_allows(&b, b.until_ms);
	breaker_success(&b);
	is_text(breaker_word(&b), "closed", "a probe that succeeds closes it");
	now = fail_times(&b, LIMIT, 10000000);
	is_number(b.open_ms, FIRST_OPEN, "and the next wait is short again");
}

/* test_late: answers to what was sent before it opened. */
static void
test_late(void)
{
	Breaker		b;
	int64_t		until;

	breaker_init(&b, LIMIT, FIRST_OPEN);
	fail_times(&b, LIMIT, 0);
	until = b.until_ms;
	breaker_failure(&b, 9000);
	ok(b.state == BREAKER_OPEN && b.until_ms == until, "a late failure does not prolong the wait");
	breaker_trip(&b, 9500);
	ok(b.until_ms == until, "nor does a late refusal of the key");
	breaker_success(&b);
	ok(b.state == BREAKER_OPEN && b.until_ms == until, "nor does a late success close it");
}

/* test_trip: a wrong key opens it at once. */
static void
test_trip(void)
{
	Breaker		b;

	breaker_init(&b, LIMIT, FIRST_OPEN);
	breaker_trip(&b, 100);
	is_text(breaker_word(&b), "open", "a refused key opens it at once");
	is_number(breaker_wait_ms(&b, 100), FIRST_OPEN, "for the usual time");
	breaker_allows(&b, 100 + FIRST_OPEN);
	breaker_trip(&b, 100 + FIRST_OPEN);
	is_number(breaker_wait_ms(&b, 100 + FIRST_OPEN), 2 * FIRST_OPEN, "and longer when the probe is refused, too");
}

int
main(void)
{
	test_opening();
	test_probe();
	test_late();
	test_trip();
	return done_testing();
}
