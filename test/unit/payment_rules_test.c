/*
 * payment_rules_test.c
 *		The merge rule, over every state and every report, against a table
 *		written from its words; the provider's words; amounts, times, schedules.
 */
#include <stdlib.h>
#include <time.h>

#include "../../extension/src/money/payment_states.h"
#include "../../extension/src/money/payment_rules.h"
#include "tap.h"

static const char *const states[] = {"prepared", "open", "processing", "failed", "cancelled", "expired",
"succeeded", "reversed", "review"};
static const char *const reports[] = {"open", "processing", "failed", "cancelled", "expired", "succeeded",
"reversed", "review"};

/*
 * What to do: = same, + apply, . ignore, ! ask. One row per state, one column
 * per report, in the order above.
 *
 * A webhook: a higher rank is applied; a lower one is older news and ignored,
 * but where the payment was dead (rank 3) every other word contradicts it and
 * the provider is asked; success after death is applied, the money is real; a
 * success only gives way to a reversal; a review is never believed, nor left,
 * on a webhook's word, except for a reversal.
 */
static const char *const by_webhook[] = {
	/* open processing failed cancelled expired succeeded reversed review */
	"+++++++!",					/* prepared */
	"=++++++!",					/* open */
	".=+++++!",					/* processing */
	"!!=!!++!",					/* failed */
	"!!!=!++!",					/* cancelled */
	"!!!!=++!",					/* expired */
	".....=+!",					/* succeeded */
	"......=.",					/* reversed */
	"!!!!!!+=",					/* review */
};

/*
 * The provider's own answer is its present state and is applied, with one
 * exception: a success only gives way to a reversal or a review, and a
 * reversal is the end.
 */
static const char *const by_answer[] = {
	"++++++++",					/* prepared */
	"=+++++++",					/* open */
	"+=++++++",					/* processing */
	"++=+++++",					/* failed */
	"+++=++++",					/* cancelled */
	"++++=+++",					/* expired */
	".....=++",					/* succeeded */
	"......=.",					/* reversed */
	"+++++++=",					/* review */
};

/* sign writes a verdict as in the tables. */
static char
sign(VzMerge merge)
{
	return merge == VZ_MERGE_SAME ? '=' : merge == VZ_MERGE_APPLY ? '+' : merge == VZ_MERGE_IGNORE ? '.' : '!';
}

/* test_merge: every state, every report, both sources. */
static void
test_merge(void)
{
	for (int asked = 0; asked < 2; asked++)
	{
		for (size_t s = 0; s < 9; s++)
			for (size_t r = 0; r < 8; r++)
			{
				char		wanted = (asked ? by_answer : by_webhook)[s][r];
				char		got = sign(vz_payment_merge(states[s], reports[r], asked));

				each(got == wanted, "%s, %s reported: %c instead of %c", states[s], reports[r], got, wanted);
			}
		all(asked ? "what the provider answers is merged by the rule" : "what a webhook says is merged by the rule");
	}
	for (int asked = 0; asked < 2; asked++)
		for (size_t s = 0; s < 9; s++)
			for (size_t r = 0; r < 8; r++)
			{
				const VzTransition *t =
					vz_machine_next(&vz_payment_machine, states[s], vz_payment_event_of(reports[r]));

				if (vz_payment_merge(states[s], reports[r], asked) == VZ_MERGE_APPLY)
					each(t != NULL && strcmp(t->to, reports[r]) == 0, "%s to %s has no arrow", states[s], reports[r]);
			}
	all("everything that the rule applies has its arrow");
	for (size_t s = 0; s < 9; s++)
		for (size_t r = 0; r < 8; r++)
			if (vz_machine_next(&vz_payment_machine, states[s], vz_payment_event_of(reports[r])) != NULL)
				each(vz_payment_merge(states[s], reports[r], true) == VZ_MERGE_APPLY,
					 "the arrow from %s to %s never fires", states[s], reports[r]);
	all("every arrow of a report can fire");
}

/* test_order: the final state of a history does not depend on the order of its webhooks. */
static void
test_order(void)
{
	/* An ask is answered with what is true: the last word of the history. */
	static const char *const histories[][4] = {
		{"open", "processing", "succeeded", "succeeded"}, {"open", "failed", "open", "succeeded"},
		{"processing", "failed", "failed", "failed"}, {"open", "processing", "succeeded", "reversed"},
		{"open", "processing", "cancelled", "cancelled"}, {"open", "processing", "expired", "succeeded"},
	};

	for (size_t h = 0; h < sizeof(histories) / sizeof(histories[0]); h++)
		for (int order = 0; order < 4 * 4 * 4 * 4; order++)
		{
			const char *truth = histories[h][3];
			const char *state = "open";
			int			seen = 0;

			for (int i = 0, code = order; i < 4; i++, code /= 4)
			{
				const char *report = histories[h][code % 4];
				VzMerge		merge = vz_payment_merge(state, report, false);

				seen |= 1 << code % 4;
				if (merge == VZ_MERGE_ASK && vz_payment_merge(state, truth, true) == VZ_MERGE_APPLY)
					state = truth;
				else if (merge == VZ_MERGE_APPLY)
					state = report;
			}
			each(seen != 15 || strcmp(state, truth) == 0, "history %zu in order %d ends as %s", h, order, state);
		}
	all("webhooks in any order, each at least once, end in what is true");
}

/* test_words: the table of the provider's 17 statuses. */
static void
test_words(void)
{
	static const char *const statuses[][2] = {
		{"requires_payment_method", "open"}, {"requires_confirmation", "open"},
		{"requires_customer_action", "open"}, {"requires_merchant_action", "review"},
		{"processing", "processing"}, {"succeeded", "succeeded"}, {"failed", "failed"},
		{"cancelled", "cancelled"}, {"expired", "expired"}, {"requires_capture", "review"},
		{"partially_authorized_and_requires_capture", "review"}, {"partially_captured", "review"},
		{"partially_captured_and_capturable", "review"}, {"partially_captured_and_processing", "processing"},
		{"cancelled_post_capture", "reversed"}, {"conflicted", "review"}, {"review", "review"},
		{"a status of the future", "review"}, {"Succeeded", "review"}, {"succeeded ", "review"}, {"", "review"},
	};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		is_text(vz_payment_state_of(statuses[i][0]), statuses[i][1], "status '%s'", statuses[i][0]);
	is_text(vz_payment_state_of(NULL), "review", "no status at all is a review");
	is_text(vz_payment_event_of("succeeded"), "psp_succeeded", "a state has its event");
	is_text(vz_payment_event_of("prepared"), "psp_review", "what the provider never says is a review");
	is_text(vz_refund_event_of("succeeded"), "psp_succeeded", "a refund's success");
	is_text(vz_refund_event_of("failed"), "psp_failed", "a refund's failure");
	is_text(vz_refund_event_of("pending"), "psp_pending", "a refund under way");
	is_text(vz_refund_event_of("review"), "psp_review", "a refund under review");
	is_text(vz_refund_event_of("new word"), "psp_review", "an unknown word about a refund is a review");
	is_text(vz_refund_event_of(NULL), "psp_review", "no word about a refund is a review");
	for (size_t i = 0; i < 9; i++)
	{
		bool		dead = i >= 3 && i <= 5;
		bool		open = i < 3 || i == 8;

		each(vz_payment_is_dead(states[i]) == dead, "is %s dead?", states[i]);
		each(vz_payment_is_open(states[i]) == open, "is %s open?", states[i]);
		each(vz_payment_may_be_paid(states[i]) == (i == 2 || i == 8), "may %s be paid?", states[i]);
	}
	all("no more money arrives by itself on failed, cancelled and expired ones; settled ones are not asked about");
}

/* test_minor: amounts in minor units. */
static void
test_minor(void)
{
	static const char *const wrong[] = {"", "-1", "+1", " 1", "1 ", "1.0", "1e2", "0x1", "1,000", "999999999999999999999",
	"1000000000000000000", "\xd9\xa1", "NaN"};
	int64_t		n = 7;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		each(!vz_parse_minor(wrong[i], &n) && n == 7, "'%s' is an amount", wrong[i]);
	each(!vz_parse_minor(NULL, &n), "NULL is an amount");
	all("what is no whole amount of at most 18 digits is refused, and nothing is written");
	ok(vz_parse_minor("0", &n) && n == 0, "zero");
	ok(vz_parse_minor("1999", &n) && n == 1999, "an amount");
	ok(vz_parse_minor("999999999999999999", &n) && n == INT64_C(999999999999999999), "the largest amount");
}

/* test_schedule: the seconds of a step. */
static void
test_schedule(void)
{
	is_number(vz_schedule_seconds("30,120,600", 0), 30, "the first step");
	is_number(vz_schedule_seconds("30,120,600", 1), 120, "the second");
	is_number(vz_schedule_seconds("30,120,600", 2), 600, "the last");
	is_number(vz_schedule_seconds("30,120,600", 3), 600, "the last repeats");
	is_number(vz_schedule_seconds("30,120,600", 1000000), 600, "for ever");
	is_number(vz_schedule_seconds("30, 120 , 600", 1), 120, "blanks do not matter");
	is_number(vz_schedule_seconds("30,120,", 2), 120, "a comma at the end does not matter");
	is_number(vz_schedule_seconds("45", 0), 45, "one step");
	is_number(vz_schedule_seconds("", 0), 0, "no step");
	ok(vz_schedule_seconds("99999999999999999999999", 0) > 0, "no number of digits overflows");
}

/* iso writes microseconds since 2000 by the C library's calendar. */
static void
iso(int64_t us, char *out, size_t size)
{
	time_t		t = (time_t) (us / 1000000 + 946684800);
	struct tm	tm;
	size_t		n;

	gmtime_r(&t, &tm);
	n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, size - n, ".%06dZ", (int) (us % 1000000));
}

/* test_time: each day of five centuries, and what is no time. */
static void
test_time(void)
{
	static const char *const wrong[] = {"", "2030", "2030-01-01", "2030-13-01T00:00:00Z", "2030-00-01T00:00:00Z",
		"2030-01-00T00:00:00Z", "2030-01-32T00:00:00Z", "2030-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
		"2030-04-31T00:00:00Z", "2030-01-01T24:00:00Z", "2030-01-01T00:60:00Z", "2030-01-01T00:00:60Z",
		"2030-01-01T00:00:00+02:00", "2030-01-01T00:00:00ZZ", "2030-01-01T00:00:00Z ", " 2030-01-01T00:00:00Z",
		"2030-1-1T00:00:00Z", "2030/01/01T00:00:00Z", "-030-01-01T00:00:00Z", "1899-12-31T23:59:59Z",
		"2030-01-01T00:00", "2030-01-01T00:00:0", "2030-01-01T00:00:00,5Z", "2030-01-01T00:00:00.5.5Z", "infinity",
	"now"};
	char		text[40];
	int64_t		us = 7;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		each(!vz_parse_iso8601(wrong[i], &us) && us == 7, "'%s' is a time", wrong[i]);
	each(!vz_parse_iso8601(NULL, &us), "NULL is a time");
	all("what is no UTC time is refused, and nothing is written");

	for (int64_t day = -36524; day < 5 * 36525; day++)
	{
		int64_t		wanted = day * INT64_C(86400000000) + (day < 0 ? 0 : 86399999999 - day % 1000);

		iso(wanted, text, sizeof(text));
		each(vz_parse_iso8601(text, &us) && us == wanted, "%s is read as %lld", text, (long long) us);
	}
	all("every day from 1900 on agrees with the C library's calendar");
	ok(vz_parse_iso8601("2000-01-01T00:00:00Z", &us) && us == 0, "the epoch");
	ok(vz_parse_iso8601("2024-02-29T12:30:45.5Z", &us) && us == INT64_C(762525045500000), "a fraction of one digit");
	ok(vz_parse_iso8601("2000-01-01T00:00:00", &us) && us == 0, "without Z");
	ok(vz_parse_iso8601("2000-01-01T00:00:00.000001Z", &us) && us == 1, "a microsecond");
	ok(!vz_parse_iso8601("2000-01-01T00:00:00.Z", &us), "a point without digits is no fraction");
}

/* test_ids: an id becomes part of addresses. */
static void
test_ids(void)
{
	static const char longest[] = "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789";

	ok(vz_is_psp_id("ref_1"), "an id");
	ok(vz_is_psp_id(longest), "one of 64 characters");
	ok(!vz_is_psp_id("abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ-01234567890"), "one of 65");
	ok(!vz_is_psp_id(NULL) && !vz_is_psp_id(""), "none");
	for (const char *c = "/?#%&\"\\ .:\n\xc3"; *c != '\0'; c++)
		ok(!vz_is_psp_id((const char[]) {'a', *c, '\0'}), "one with byte %d", *c);
}

/* test_money: which words of a review say that money was taken. */
static void
test_money(void)
{
	ok(vz_status_means_money("partially_captured") && vz_status_means_money("succeeded"), "captured, in part or with doubts");
	ok(!vz_status_means_money("requires_capture") && !vz_status_means_money("a word of next year") &&
	   !vz_status_means_money(NULL), "authorised, unknown or missing");
	is_text(vz_payment_state_of("dispute_lost"), "reversed", "a lost dispute is a reversal");
	is_text(vz_payment_state_of("dispute_opened"), "review", "an open one is not");
}

int
main(void)
{
	test_merge();
	test_order();
	test_words();
	test_minor();
	test_schedule();
	test_time();
	test_ids();
	test_money();
	return done_testing();
}
