/*
 * range.c
 *		Range and If-Range (see range.h). Pure: see test/unit. Source: RFC 9110 13.1.5
 *		and 14.
 */
#include "range.h"

#include <string.h>
#include <strings.h>

/* behind_blanks returns what stands behind blanks. */
static const char *
behind_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

/* take_number reads digits, more of them than fit as the largest number; false when there are none. */
static bool
take_number(const char **p, uint64_t *number)
{
	const char *start = *p;

	*number = 0;
	for (; **p >= '0' && **p <= '9'; ++*p)
	{
		uint64_t	digit = (uint64_t) (**p - '0');

		*number = *number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *number * 10 + digit;
	}
	return *p > start;
}

/* last_of judges "-N": the last bytes, all of them when there are fewer. */
static RangeVerdict
last_of(uint64_t n, uint64_t size, uint64_t *first, uint64_t *last)
{
	if (n == 0 || size == 0)
		return RANGE_NONE;
	*first = n < size ? size - n : 0;
	*last = size - 1;
	return RANGE_PART;
}

RangeVerdict
range_read(const char *range, uint64_t size, uint64_t *first, uint64_t *last)
{
	const char *p = range;
	bool		has_first;
	bool		has_last;

	if (range == NULL || strncasecmp(p, "bytes=", strlen("bytes=")) != 0)
		return RANGE_WHOLE;
	p = behind_blanks(p + strlen("bytes="));
	has_first = take_number(&p, first);
	if (*p++ != '-')
		return RANGE_WHOLE;
	has_last = take_number(&p, last);
	if (*behind_blanks(p) != '\0' || (!has_first && !has_last) || (has_first && has_last && *last < *first))
		return RANGE_WHOLE;
	if (!has_first)
		return last_of(*last, size, first, last);
	if (*first >= size)
		return RANGE_NONE;
	if (!has_last || *last >= size)
		*last = size - 1;
	return RANGE_PART;
}

bool
range_holds(const char *if_range, const char *etag)
{
	return if_range == NULL || (etag != NULL && etag[0] == '"' && strcmp(if_range, etag) == 0);
}
