/*
 * values.c
 *		Is a text a value of an SQL type? (see values.h)
 */
#include "values.h"

#include <string.h>

/* is_digit knows ASCII alone, whatever the locale. */
static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
value_is_uuid(const char *text)
{
	if (strlen(text) != 36)
		return false;
	for (int i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-'
			: strchr("0123456789abcdefABCDEF", text[i]) == NULL)
			return false;
	return true;
}

bool
value_is_integer(const char *text, int64_t minimum, int64_t maximum)
{
	bool		negative = *text == '-';
	uint64_t	limit = negative ? (uint64_t) -(minimum + 1) + 1 : (uint64_t) maximum;
	uint64_t	n = 0;
	const char *p = text + negative;

	if (*p == '\0')
		return false;
	for (; *p != '\0'; p++)
	{
		unsigned int digit = (unsigned int) (*p - '0');

		if (!is_digit(*p) || n > limit / 10 || n * 10 + digit > limit)
			return false;
		n = n * 10 + digit;
	}
	return true;
}

bool
value_is_numeric(const char *text)
{
	const char *p = text + (*text == '-');
	int			digits = 0;
	int			decimals = 0;

	for (; is_digit(*p); p++)
		digits++;
	if (*p == '.')
		for (p++; is_digit(*p); p++)
			decimals++;
	return *p == '\0' && digits > 0 && digits <= 18 && decimals <= 18 && p[-1] != '.';
}

bool
value_is_bool(const char *text)
{
	return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ||
		strcmp(text, "1") == 0 || strcmp(text, "0") == 0;
}

/* two_digits reads two digits, or -1. */
static int
two_digits(const char *p)
{
	return is_digit(p[0]) && is_digit(p[1]) ? (p[0] - '0') * 10 + p[1] - '0' : -1;
}

/* date_prefix says whether the text begins with an existing day, which takes ten characters. */
static bool
date_prefix(const char *text)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int			year, month, day, last;

	if (strnlen(text, 10) < 10 || text[4] != '-' || text[7] != '-' ||
		two_digits(text) < 0 || two_digits(text + 2) < 0)
		return false;
	year = two_digits(text) * 100 + two_digits(text + 2);
	month = two_digits(text + 5);
	day = two_digits(text + 8);
	if (year < 1 || month < 1 || month > 12)
		return false;
	last = month_days[month - 1] + (month == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0));
	return day >= 1 && day <= last;
}

bool
value_is_date(const char *text)
{
	return date_prefix(text) && text[10] == '\0';
}

bool
value_is_time(const char *text)
{
	const char *p = text + 10;

	if (!date_prefix(text) || (*p != 'T' && *p != 't') || strnlen(p, 9) < 9 ||
		two_digits(p + 1) < 0 || two_digits(p + 1) > 23 || p[3] != ':' ||
		two_digits(p + 4) < 0 || two_digits(p + 4) > 59 || p[6] != ':' ||
		two_digits(p + 7) < 0 || two_digits(p + 7) > 59)
		return false;
	p += 9;
	if (*p == '.')
	{
		if (!is_digit(*++p))
			return false;
		while (is_digit(*p))
			p++;
	}
	if ((*p == 'Z' || *p == 'z') && p[1] == '\0')
		return true;
	return (*p == '+' || *p == '-') && strlen(p) == 6 && two_digits(p + 1) >= 0 && two_digits(p + 1) <= 23 &&
		p[3] == ':' && two_digits(p + 4) >= 0 && two_digits(p + 4) <= 59;
}
