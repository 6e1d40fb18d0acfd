/*
 * breaker_test.c
 *		The circuit breaker, with time as an argument.
 */
#include "../../httpd/relay/breaker.h"
#include <stdio.h>

#include "tap.h"

#define LIMIT		5
#define FIRST_OPEN	15000

/* fail_times lets n connections fail, a second apart; returns the time after them. */
static int64_t
fail_times(Breaker *b, int n, int64_t now)
{
	for (int i = 0; i < n; i++, now += 1000)
		breaker_unreachable(b, now);
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
	breaker_unreachable(&b, 5000);
	is_text(breaker_word(&b), "open", "the last one opens it");
	ok(!breaker_allows(&b, 5000), "nothing passes");
	is_number(breaker_wait_ms(&b, 5000), FIRST_OPEN, "for as long as it was told");
	is_number(breaker_wait_ms(&b, 5000 + FIRST_OPEN - 1), 1, "to the millisecond");
	ok(!breaker_allows(&b, 5000 + FIRST_OPEN - 1), "not a millisecond earlier");
	is_text(breaker_word(&b), "open", "nor is it half open");
	ok(!breaker_allows(&b, 5000 + FIRST_OPEN), "then still no effect passes");
	is_text(breaker_word(&b), "half_open", "but it is half open");
	is_number(breaker_wait_ms(&b, 5000 + FIRST_OPEN), 0, "with no wait");

	breaker_init(&b, LIMIT, FIRST_OPEN);
	fail_times(&b, LIMIT - 1, 0);
	breaker_success(&b);
	fail_times(&b, LIMIT - 1, 5000);
	is_text(breaker_word(&b), "closed", "a success between them starts the count anew");

	breaker_init(&b, LIMIT, FIRST_OPEN);
	fail_times(&b, LIMIT - 1, 0);
	breaker_unreachable(&b, 30001);
	is_text(breaker_word(&b), "closed", "failures spread over more than 30 s do not open it");
	fail_times(&b, LIMIT - 1, 30002);
	is_text(breaker_word(&b), "open", "the later ones count from the first of them");

	breaker_init(&b, 1, FIRST_OPEN);
	breaker_unreachable(&b, 0);
	is_text(breaker_word(&b), "open", "a limit of one opens at the first failure");
}

/* test_subjects: one payment is one failure, however often it fails. */
static void
test_subjects(void)
{
	Breaker		b;
	char		name[16];

	breaker_init(&b, LIMIT, FIRST_OPEN);
	for (int i = 0; i < 1000; i++)
		breaker_failure(&b, "pay_bad", i * 20);
	is_text(breaker_word(&b), "closed", "one payment that fails a thousand times leaves it closed");
	for (int i = 1; i < LIMIT - 1; i++)
	{
		snprintf(name, sizeof(name), "pay_%d", i);
		breaker_failure(&b, name, 20000);
		breaker_failure(&b, name, 20001);
	}
	is_text(breaker_word(&b), "closed", "one payment less than the limit, too");
	breaker_failure(&b, "pay_last", 20002);
	is_text(breaker_word(&b), "open", "different payments in a row open it");

	breaker_init(&b, LIMIT, FIRST_OPEN);
	for (int i = 0; i < LIMIT - 1; i++)
	{
		snprintf(name, sizeof(name), "pay_%d", i);
		breaker_failure(&b, name, 0);
	}
	breaker_success(&b);
	breaker_failure(&b, "pay_other", 1);
	is_text(breaker_word(&b), "closed", "a good answer about another one starts the count anew");

	breaker_init(&b, 2, FIRST_OPEN);
	breaker_failure(&b, "pay_bad", 0);
	breaker_unreachable(&b, 1);
	is_text(breaker_word(&b), "open", "payments and connections are counted together");

	breaker_init(&b, 1, FIRST_OPEN);
	breaker_failure(&b, "pay_bad", 0);
	breaker_failure(&b, "pay_bad", 1);
	is_text(breaker_word(&b), "closed", "a single payment does not open it even with a limit of one");

	breaker_init(&b, 100000, FIRST_OPEN);
	for (int i = 0; i < 3 * BREAKER_LIMIT_MAX; i++)
	{
		snprintf(name, sizeof(name), "pay_%d", i);
		breaker_failure(&b, name, 0);
	}
	is_text(breaker_word(&b), "open", "there is room for as many as the limit can be");
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
		breaker_allows(&b, now);
		each(b.state == BREAKER_HALF_OPEN, "not half open in round %d", i);
		breaker_failure(&b, "pay_bad", now);
		breaker_unreachable(&b, now);
		each(b.state == BREAKER_HALF_OPEN, "what was sent before decides in round %d", i);
		breaker_probed(&b, false, now);
		each(b.state == BREAKER_OPEN, "one failed probe opens it again");
	}
	all("each time one failed probe opens it again, and nothing else");
	each(waits[0] == 15000 && waits[1] == 30000 && waits[2] == 60000 && waits[3] == 120000 && waits[4] == 240000 &&
		 waits[5] == 300000 && waits[6] == 300000, "%lld %lld %lld %lld %lld %lld %lld", (long long) waits[0],
		 (long long) waits[1], (long long) waits[2], (long long) waits[3], (long long) waits[4], (long long) waits[5],
		 (long long) waits[6]);
	all("the wait doubles, up to five minutes");
	breaker_allows(&b, b.until_ms);
	breaker_probed(&b, true, b.until_ms);
	is_text(breaker_word(&b), "closed", "a probe that succeeds closes it");
	ok(breaker_allows(&b, b.until_ms), "and effects pass");
	fail_times(&b, LIMIT, 10000000);
	is_number(b.open_ms, 300000, "the wait stays long while only probes succeed");
	breaker_probed(&b, true, 10000001);
	is_text(breaker_word(&b), "closed", "an operator's probe closes it before its time");
	breaker_success(&b);
	fail_times(&b, LIMIT, 20000000);
	is_number(b.open_ms, FIRST_OPEN, "after an effect has succeeded it is short again");
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
	breaker_unreachable(&b, 9000);
	breaker_failure(&b, "pay_bad", 9000);
	breaker_probed(&b, false, 9000);
	ok(b.state == BREAKER_OPEN && b.until_ms == until, "a late failure does not prolong the wait");
	breaker_ask_probe(&b);
	ok(b.state == BREAKER_OPEN && b.until_ms == until, "nor does a late refusal of the key");
	breaker_success(&b);
	ok(b.state == BREAKER_OPEN && b.until_ms == until, "nor does a late success close it");
}

/* test_doubt: whether a key is wrong for all, the probe shows. */
static void
test_doubt(void)
{
	Breaker		b;

	breaker_init(&b, LIMIT, FIRST_OPEN);
	breaker_ask_probe(&b);
	is_text(breaker_word(&b), "half_open", "a refused key makes it half open at once");
	breaker_probed(&b, true, 100);
	is_text(breaker_word(&b), "closed", "and it is closed when the probe's is accepted");
	breaker_ask_probe(&b);
	breaker_probed(&b, false, 100);
	is_text(breaker_word(&b), "open", "open when it is refused, too");
	is_number(breaker_wait_ms(&b, 100), FIRST_OPEN, "for the usual time");
	breaker_allows(&b, 100 + FIRST_OPEN);
	breaker_probed(&b, false, 100 + FIRST_OPEN);
	is_number(breaker_wait_ms(&b, 100 + FIRST_OPEN), 2 * FIRST_OPEN, "and longer when the next probe is refused");
}

int
main(void)
{
	test_opening();
	test_subjects();
	test_probe();
	test_late();
	test_doubt();
	return done_testing();
}
