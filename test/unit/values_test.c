/*
 * values_test.c
 *		Is a text a value of an SQL type?
 */
#include <stdlib.h>

#include "../../httpd/wire/values.h"
#include "tap.h"

typedef bool (*Judge) (const char *text);

/* judge_all tests two lists of texts, which NULL ends. */
static void
judge_all(const char *type, Judge judge, const char *const *good, const char *const *wrong)
{
	for (; *good != NULL; good++)
		each(judge(*good), "'%s' is no %s", *good, type);
	for (; *wrong != NULL; wrong++)
		each(!judge(*wrong), "'%s' is a %s", *wrong, type);
	all("%s", type);
}

static const char *const good_uuids[] = {"00000000-0000-0000-0000-000000000000",
"123e4567-e89b-12d3-a456-426614174000", "ABCDEF01-2345-6789-abcd-efABCDEF0123", NULL};
static const char *const wrong_uuids[] = {"", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400",
	"123e4567-e89b-12d3-a456-4266141740000", "123e4567-e89b-12d3-a456_426614174000",
	"g23e4567-e89b-12d3-a456-426614174000", "{23e4567-e89b-12d3-a456-42661417400}",
"-23e4567-e89b-12d3-a456-426614174000", "123e45678e89b-12d3-a456-42661417400", NULL};

static const char *const good_numerics[] = {"0", "-0", "1", "-1.5", "0.5", "123456789012345678",
"0.123456789012345678", "00.10", NULL};
static const char *const wrong_numerics[] = {"", "-", "+1", ".5", "1.", "-.5", "1e5", "NaN", "Infinity", "1,5", " 1",
"1 ", "1234567890123456789", "0.1234567890123456789", "1.2.3", "0x1", "1_000", "--1", NULL};

static const char *const good_bools[] = {"true", "false", "1", "0", NULL};
static const char *const wrong_bools[] = {"", "t", "True", "TRUE", "yes", "no", "on", "2", "true ", "null", NULL};

static const char *const good_dates[] = {"2030-12-31", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", NULL};
static const char *const wrong_dates[] = {"", "2030-12-32", "2030-13-01", "2030-00-10", "2030-01-00", "2023-02-29",
	"1900-02-29", "0000-01-01", "2030-1-1", "2030/01/01", "20300101", "2030-01-01 ", " 2030-01-01", "2030-01-01T",
"infinity", "today", "2030-04-31", "-030-01-01", "2030-01-0", NULL};

static const char *const good_times[] = {"2030-12-31T23:59:59Z", "2030-12-31t00:00:00z", "2030-12-31T23:59:59.123456Z",
	"2030-12-31T23:59:59.1Z", "2030-12-31T23:59:59+02:00", "2030-12-31T23:59:59-11:30", "2024-02-29T12:00:00Z",
NULL};
static const char *const wrong_times[] = {"", "2030-12-31", "2030-12-31T", "2030-12-31T23:59:59", "2030-12-31 23:59:59Z",
	"2030-12-31T24:00:00Z", "2030-12-31T23:60:00Z", "2030-12-31T23:59:61Z", "2030-12-31T23:59Z",
	"2030-12-31T23:59:59.Z", "2030-12-31T23:59:59,5Z", "2030-12-31T23:59:59+0200", "2030-12-31T23:59:59+02",
	"2030-12-31T23:59:59+24:00", "2030-12-31T23:59:59+02:60", "2030-12-31T23:59:59ZZ", "2030-02-30T00:00:00Z",
"2030-12-31T23:59:59 Z", "2030-12-31T2:59:59Z", "now", "2030-12-31T23:59:5", NULL};

/* test_integer: bounds, signs, and texts that are none. */
static void
test_integer(void)
{
	static const char *const wrong[] = {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "--1", "1-", "a", "\xd9\xa1"};
	static const int64_t bounds[][2] = {{INT16_MIN, INT16_MAX}, {INT32_MIN, INT32_MAX}, {INT64_MIN, INT64_MAX},
	{-9, 9}, {-3, 5}, {0, 100}, {0, 5}, {-1, 1}, {0, 0}};
	char		text[40];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		each(!value_is_integer(wrong[i], INT64_MIN, INT64_MAX), "'%s'", wrong[i]);
	all("what is no whole number is refused");
	for (size_t b = 0; b < sizeof(bounds) / sizeof(bounds[0]); b++)
		for (int d = -12; d <= 12; d++)
		{
			__int128	low = (__int128) bounds[b][0] + d;
			__int128	high = (__int128) bounds[b][1] + d;
			__int128	both[2] = {low, high};

			for (int i = 0; i < 2; i++)
			{
				__int128	n = both[i];
				bool		fits = n >= bounds[b][0] && n <= bounds[b][1];
				unsigned long long size = (unsigned long long) (n < 0 ? -n : n);

				snprintf(text, sizeof(text), "%s%llu", n < 0 ? "-" : "", size);
				each(value_is_integer(text, bounds[b][0], bounds[b][1]) == fits, "%s in %lld..%lld", text,
					 (long long) bounds[b][0], (long long) bounds[b][1]);
			}
		}
	all("the bounds are exact, for any bounds around zero");
	ok(value_is_integer("-9223372036854775808", INT64_MIN, INT64_MAX), "the least of 64 bits");
	ok(!value_is_integer("9223372036854775808", INT64_MIN, INT64_MAX), "one more than the largest");
	ok(!value_is_integer("18446744073709551616", INT64_MIN, INT64_MAX), "2^64 does not wrap");
	ok(!value_is_integer("99999999999999999999999999999999", INT64_MIN, INT64_MAX), "nor does any longer one");
	ok(value_is_integer("0000000000000000000000000000001", INT16_MIN, INT16_MAX), "leading zeros do not matter");
}

/* test_cut: no function looks past the end of its text. */
static void
test_cut(void)
{
	static const char *const texts[] = {"2030-12-31T23:59:59.5+02:00", "123e4567-e89b-12d3-a456-426614174000",
	"-123456.789", "true"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t n = 0; n <= strlen(texts[i]); n++)
		{
			/* A block of exactly this size: the sanitizer sees a byte too far. */
			char	   *text = strndup(texts[i], n);

			value_is_uuid(text);
			value_is_integer(text, INT64_MIN, INT64_MAX);
			value_is_numeric(text);
			value_is_bool(text);
			value_is_date(text);
			each(value_is_time(text) == (i == 0 && n == strlen(texts[0])), "'%s'", text);
			free(text);
		}
	all("every beginning of a value is judged without looking past its end");
}

int
main(void)
{
	judge_all("uuid", value_is_uuid, good_uuids, wrong_uuids);
	judge_all("numeric", value_is_numeric, good_numerics, wrong_numerics);
	judge_all("boolean", value_is_bool, good_bools, wrong_bools);
	judge_all("date", value_is_date, good_dates, wrong_dates);
	judge_all("time", value_is_time, good_times, wrong_times);
	test_integer();
	test_cut();
	return done_testing();
}
