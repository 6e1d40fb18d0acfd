/*
 * smart_time.c
 *		Days and times in the rules of smart playlists (see smart_time.h). Source: RFC 3339.
 */
#include "smart_time.h"

#define DAY_US INT64_C(86400000000)

/* take_digits reads n digits that make a number from least to most. */
static bool
take_digits(const char **p, int n, int least, int most, int *value)
{
	*value = 0;
	for (; n > 0; n--, ++*p)
	{
		if (**p < '0' || **p > '9')
			return false;
		*value = *value * 10 + (**p - '0');
	}
	return *value >= least && *value <= most;
}

/* take_sign goes past a sign. */
static bool
take_sign(const char **p, char sign)
{
	return **p == sign ? ++*p, true : false;
}

/* days_to_month is the number of days from 1970 to the beginning of a month. */
static int64_t
days_to_month(int year, int month)
{
	static const int of_months[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	bool		is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	int			before = year - 1;

	return INT64_C(365) * before + before / 4 - before / 100 + before / 400 - 719162 + of_months[month - 1] +
		(is_leap && month > 2);
}

/* take_offset reads "Z" or "+hh:mm", in minutes. */
static bool
take_offset(const char **p, int *minutes)
{
	int			hours;
	bool		is_west = **p == '-';

	*minutes = 0;
	if (take_sign(p, 'Z') || take_sign(p, 'z'))
		return true;
	if (!take_sign(p, '+') && !take_sign(p, '-'))
		return false;
	if (!take_digits(p, 2, 0, 23, &hours) || !take_sign(p, ':') || !take_digits(p, 2, 0, 59, minutes))
		return false;
	*minutes = (hours * 60 + *minutes) * (is_west ? -1 : 1);
	return true;
}

/* take_time reads "hh:mm:ss.fraction" and an offset, as the µs since the day began. */
static bool
take_time(const char **p, int64_t *us)
{
	int			hours;
	int			minutes;
	int			seconds;
	int			offset;
	int64_t		unit = 1000000;

	if (!take_digits(p, 2, 0, 23, &hours) || !take_sign(p, ':') || !take_digits(p, 2, 0, 59, &minutes) || !take_sign(p, ':') ||
		!take_digits(p, 2, 0, 59, &seconds))
		return false;
	*us = 0;
	if (take_sign(p, '.'))
	{
		if (**p < '0' || **p > '9')
			return false;
		for (; **p >= '0' && **p <= '9'; ++*p)
			*us += (**p - '0') * (unit /= 10);
	}
	if (!take_offset(p, &offset))
		return false;
	*us += INT64_C(1000000) * (hours * 3600 + (minutes - offset) * 60 + seconds);
	return true;
}

bool
vz_smart_time(const char *text, int64_t *us, bool *is_day)
{
	const char *p = text;
	int			year;
	int			month;
	int			day;
	int64_t		of_day = 0;
	int64_t		start;

	if (!take_digits(&p, 4, 1970, 9998, &year) || !take_sign(&p, '-') || !take_digits(&p, 2, 1, 12, &month) ||
		!take_sign(&p, '-') || !take_digits(&p, 2, 1, 31, &day))
		return false;
	start = days_to_month(year, month);
	if (start + day > (month == 12 ? days_to_month(year + 1, 1) : days_to_month(year, month + 1)))
		return false;
	*is_day = *p == '\0';
	if (!*is_day && !((take_sign(&p, 'T') || take_sign(&p, 't') || take_sign(&p, ' ')) && take_time(&p, &of_day) && *p == '\0'))
		return false;
	*us = (start + day - 1) * DAY_US + of_day;
	return true;
}
