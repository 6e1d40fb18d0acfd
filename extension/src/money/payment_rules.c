/*
 * payment_rules.c
 *		What the provider's words mean, and which of its reports are believed
 *		(see payment_rules.h).
 */
#include "payment_rules.h"

#include <stddef.h>
#include <string.h>

typedef struct Pair
{
	const char *from;
	const char *to;
} Pair;

static const Pair status_states[] = {
	{"requires_payment_method", "open"},
	{"requires_confirmation", "open"},
	{"requires_customer_action", "open"},
	{"processing", "processing"},
	{"partially_captured_and_processing", "processing"},
	{"succeeded", "succeeded"},
	{"failed", "failed"},
	{"cancelled", "cancelled"},
	{"expired", "expired"},
	{"cancelled_post_capture", "reversed"},
	{"dispute_lost", "reversed"},
	{"dispute_accepted", "reversed"},
	{"dispute_expired", "reversed"},
};

static const Pair state_events[] = {
	{"open", "psp_open"},
	{"processing", "psp_processing"},
	{"succeeded", "psp_succeeded"},
	{"failed", "psp_failed"},
	{"cancelled", "psp_cancelled"},
	{"expired", "psp_expired"},
	{"reversed", "psp_reversed"},
	{"review", "psp_review"},
};

static const Pair refund_events[] = {
	{"succeeded", "psp_succeeded"},
	{"failed", "psp_failed"},
	{"pending", "psp_pending"},
	{"review", "psp_review"},
};

/* look_up finds from in a list of pairs. */
static const char *
look_up(const Pair *pairs, size_t n, const char *from, const char *otherwise)
{
	for (size_t i = 0; from != NULL && i < n; i++)
		if (strcmp(pairs[i].from, from) == 0)
			return pairs[i].to;
	return otherwise;
}

#define LOOK_UP(pairs, from, otherwise) \
	look_up(pairs, sizeof(pairs) / sizeof((pairs)[0]), from, otherwise)

const char *
vz_payment_state_of(const char *psp_status)
{
	return LOOK_UP(status_states, psp_status, "review");
}

const char *
vz_payment_event_of(const char *state)
{
	return LOOK_UP(state_events, state, "psp_review");
}

const char *
vz_refund_event_of(const char *psp_status)
{
	return LOOK_UP(refund_events, psp_status, "psp_review");
}

/* rank orders the states by how far the money has come; review stands outside. */
static int
rank(const char *state)
{
	static const Pair ranks[] = {
		{"prepared", "0"}, {"open", "1"}, {"processing", "2"}, {"failed", "3"},
		{"cancelled", "3"}, {"expired", "3"}, {"succeeded", "4"}, {"reversed", "5"},
	};

	return LOOK_UP(ranks, state, "0")[0] - '0';
}

VzMerge
vz_payment_merge(const char *state, const char *reported, bool asked)
{
	if (strcmp(state, reported) == 0)
		return VZ_MERGE_SAME;
	if (strcmp(state, "reversed") == 0)
		return VZ_MERGE_IGNORE;
	if (strcmp(reported, "reversed") == 0)
		return VZ_MERGE_APPLY;
	if (strcmp(reported, "review") == 0 || strcmp(state, "review") == 0)
		return asked ? VZ_MERGE_APPLY : VZ_MERGE_ASK;
	if (strcmp(state, "succeeded") == 0)
		return VZ_MERGE_IGNORE;
	if (rank(reported) > rank(state))
		return VZ_MERGE_APPLY;
	if (asked)
		return VZ_MERGE_APPLY;

	/* A failed payment may have been reopened by a retry; a pending one is merely older news. */
	return rank(state) == 3 ? VZ_MERGE_ASK : VZ_MERGE_IGNORE;
}

bool
vz_status_means_money(const char *psp_status)
{
	static const char *const words[] = {"succeeded", "partially_captured", "partially_captured_and_capturable",
	"conflicted", "review"};

	for (size_t i = 0; psp_status != NULL && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], psp_status) == 0)
			return true;
	return false;
}

bool
vz_is_psp_id(const char *text)
{
	size_t		n = 0;

	if (text == NULL)
		return false;
	for (; text[n] != '\0'; n++)
		if (n == 64 || strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", text[n]) == NULL)
			return false;
	return n > 0;
}

bool
vz_payment_is_dead(const char *state)
{
	return rank(state) == 3;
}

bool
vz_payment_is_open(const char *state)
{
	return strcmp(state, "review") == 0 || rank(state) < 3;
}

bool
vz_payment_may_be_paid(const char *state)
{
	return strcmp(state, "processing") == 0 || strcmp(state, "review") == 0;
}

int64_t
vz_schedule_seconds(const char *schedule, int step)
{
	int64_t		value = 0;
	int			item = 0;

	for (const char *p = schedule; *p != '\0'; p++)
	{
		if (*p >= '0' && *p <= '9' && value < 1000000000)
			value = value * 10 + (*p - '0');
		else if (*p == ',' && p[1] != '\0')
		{
			if (item == step)
				return value;
			item++;
			value = 0;
		}
	}
	return value;
}

bool
vz_parse_minor(const char *text, int64_t *minor)
{
	int64_t		value = 0;
	size_t		n = 0;

	if (text == NULL)
		return false;
	for (; text[n] >= '0' && text[n] <= '9'; n++)
	{
		if (n == 18)
			return false;
		value = value * 10 + (text[n] - '0');
	}
	if (n == 0 || text[n] != '\0')
		return false;
	*minor = value;
	return true;
}

/* digits reads exactly n decimal digits; -1 when there are none. */
static int
digits(const char **p, int n)
{
	int			value = 0;

	for (int i = 0; i < n; i++, (*p)++)
	{
		if (**p < '0' || **p > '9')
			return -1;
		value = value * 10 + (**p - '0');
	}
	return value;
}

/* days_before returns the days from 2000-03-01 to the date in the Gregorian calendar. */
static int64_t
days_before(int year, int month, int day)
{
	int64_t		y = month <= 2 ? year - 1 : year;
	int64_t		m = (month + 9) % 12;	/* March is 0, so that a leap day ends the year */

	return 365 * (y - 2000) + (y / 4 - 500) - (y / 100 - 20) + (y / 400 - 5)
		+ (153 * m + 2) / 5 + day - 1;
}

bool
vz_parse_iso8601(const char *text, int64_t *microseconds)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const char *p = text;
	int			year, month, day, hour, minute, second;
	int			last;
	int64_t		fraction = 0;

	if (text == NULL)
		return false;
	if ((year = digits(&p, 4)) < 1900 || *p++ != '-' ||
		(month = digits(&p, 2)) < 1 || month > 12 || *p++ != '-' ||
		(day = digits(&p, 2)) < 1 || (*p != 'T' && *p != ' ') || !p++ ||
		(hour = digits(&p, 2)) < 0 || hour > 23 || *p++ != ':' ||
		(minute = digits(&p, 2)) < 0 || minute > 59 || *p++ != ':' ||
		(second = digits(&p, 2)) < 0 || second > 59)
		return false;

	last = month_days[month - 1];
	if (month == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0))
		last = 29;
	if (day > last)
		return false;

	if (*p == '.')
	{
		int64_t		unit = 100000;

		if (p[1] < '0' || p[1] > '9')
			return false;
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			fraction += (*p - '0') * unit;
	}
	if (*p == 'Z')
		p++;
	if (*p != '\0')
		return false;

	/* 60 days lie between 2000-01-01 and 2000-03-01. */
	*microseconds = ((days_before(year, month, day) + 60) * 86400
					 + hour * 3600 + minute * 60 + second) * INT64_C(1000000) + fraction;
	return true;
}
