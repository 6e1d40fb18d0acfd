/*
 * values_fuzz.c
 *		The judges of values on any text: what they let pass, the C library
 *		reads as the same value.
 */
#include <errno.h>
#include <time.h>

#include "../../httpd/wire/values.h"
#include "fuzz.h"

/* check_integer compares with strtoll. */
static void
check_integer(const char *text, int64_t minimum, int64_t maximum)
{
	char	   *end;
	long long	n;
	bool		plain = text[strspn(text, "-0123456789")] == '\0' && strchr("-0123456789", text[0]) != NULL && text[0] != '\0';

	errno = 0;
	n = strtoll(text, &end, 10);
	promise(value_is_integer(text, minimum, maximum) ==
			(plain && end != text && *end == '\0' && errno == 0 && n >= minimum && n <= maximum));
}

/* check_day checks that the day of a text exists. */
static void
check_day(const char *text)
{
	struct tm	tm = {.tm_year = atoi(text) - 1900, .tm_mon = atoi(text + 5) - 1, .tm_mday = atoi(text + 8), .tm_hour = 12};
	struct tm	same = tm;

	promise(timegm(&same) != -1 || same.tm_year < 70);
	promise(same.tm_year == tm.tm_year && same.tm_mon == tm.tm_mon && same.tm_mday == tm.tm_mday);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);
	size_t		len = strlen(text);

	check_integer(text, INT16_MIN, INT16_MAX);
	check_integer(text, INT32_MIN, INT32_MAX);
	check_integer(text, INT64_MIN, INT64_MAX);
	if (value_is_uuid(text))
		promise(len == 36 && strspn(text, "0123456789abcdefABCDEF-") == 36);
	if (value_is_numeric(text))
		promise(len > 0 && len <= 38 && strspn(text, "-.0123456789") == len && strrchr(text, '-') <= text);
	if (value_is_bool(text))
		promise(len <= 5);
	if (value_is_date(text))
	{
		promise(len == 10);
		check_day(text);
	}
	if (value_is_time(text))
	{
		promise(len >= 20 && strspn(text, "0123456789-:.+TtZz") == len);
		check_day(text);
	}
	free(text);
	return 0;
}
