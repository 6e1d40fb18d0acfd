/*
 * tap.h
 *		Test results in the Test Anything Protocol.
 *
 *		ok(x == 1, "x is one");				a test
 *		is_text(text, "a", "it says a");	one that shows both sides when it fails
 *		each(f(i) == i, "f(%d)", i);		one case of many: only a failure shows
 *		all("f is the identity");			a test: every case since the last one passed
 *		return done_testing();				the plan; the exit code of main
 */
#ifndef VEZA_TAP_H
#define VEZA_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int	tap_tests, tap_failures, tap_cases, tap_bad_cases;

#define ok(condition, ...) tap_result(false, (condition), __LINE__, __VA_ARGS__)
#define each(condition, ...) tap_result(true, (condition), __LINE__, __VA_ARGS__)
#define all(...) tap_result(false, tap_end_cases(), __LINE__, __VA_ARGS__)
#define is_text(got, wanted, ...) \
	tap_sides("%s", tap_shown(got), tap_shown(wanted), ok(tap_same((got), (wanted)), __VA_ARGS__))
#define is_number(got, wanted, ...) \
	tap_sides("%lld", (long long) (got), (long long) (wanted), \
			  ok((long long) (got) == (long long) (wanted), __VA_ARGS__))
#define tap_sides(format, got, wanted, passed) \
	((passed) || (printf("#      got: " format "\n#   wanted: " format "\n", got, wanted), false))

/* tap_shown returns the text for the eye. */
static inline const char *
tap_shown(const char *text)
{
	return text != NULL ? text : "(NULL)";
}

/* tap_same compares two texts, each of which may be NULL. */
static inline bool
tap_same(const char *a, const char *b)
{
	return a != NULL && b != NULL ? strcmp(a, b) == 0 : a == b;
}

/* tap_result prints a test's result, or that of a case if it failed. */
static inline bool __attribute__((format(printf, 4, 5)))
tap_result(bool is_case, bool passed, int line, const char *format, ...)
{
	va_list		args;

	tap_cases += is_case;
	tap_bad_cases += is_case && !passed;
	tap_failures += !is_case && !passed;
	if (!is_case)
		printf("%sok %d - ", passed ? "" : "not ", ++tap_tests);
	else if (!passed && tap_bad_cases <= 10)
		printf("# line %d: ", line);
	else
		return passed;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(passed || is_case ? "\n" : "\n# at line %d\n", line);
	fflush(stdout);				/* a sanitizer may end the program */
	return passed;
}

/* tap_end_cases says whether there were cases and all of them passed. */
static inline bool
tap_end_cases(void)
{
	bool		passed = tap_cases > 0 && tap_bad_cases == 0;

	printf("# %d cases, %d failed\n", tap_cases, tap_bad_cases);
	tap_cases = tap_bad_cases = 0;
	return passed;
}

/* done_testing prints the plan and returns the exit code. */
static inline int
done_testing(void)
{
	printf("1..%d\n", tap_tests);
	return tap_failures > 0;
}

#endif							/* VEZA_TAP_H */
