/*
 * log.c
 *		Structured logs (see log.h).
 */
#include "log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_SIZE		65536
#define LINE_MAX_BYTES	4096

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR"};

static const char *program_name = "veza";
static LogLevel least = LOG_INFO;

static __thread char buffer[BUFFER_SIZE];
static __thread size_t used;

void
log_init(const char *program, const char *level)
{
	program_name = program;
	for (int i = 0; i < 4; i++)
		if (strcmp(level_names[i], level) == 0)
			least = (LogLevel) i;
}

LogLevel
log_level(void)
{
	return least;
}

void
log_flush(void)
{
	size_t		done = 0;

	while (done < used)
	{
		ssize_t		n = write(STDOUT_FILENO, buffer + done, used - done);

		if (n <= 0)
			break;				/* nobody reads the log: better lose it than stop serving */
		done += (size_t) n;
	}
	used = 0;
}

/* put_json appends text as the inside of a JSON string, up to limit; a final line end is left out. */
static size_t
put_json(char *out, size_t limit, const char *text)
{
	size_t		n = 0;

	for (const unsigned char *p = (const unsigned char *) text; *p != '\0' && n + 7 < limit; p++)
	{
		if (*p == '\n' && p[1] == '\0')
			break;
		if (*p == '"' || *p == '\\')
			out[n++] = '\\', out[n++] = (char) *p;
		else if (*p < ' ' || *p == 0x7F)
			n += (size_t) snprintf(out + n, 7, "\\u%04x", *p);
		else
			out[n++] = (char) *p;
	}
	return n;
}

void
log_line(LogLevel level, const char *message, ...)
{
	char		line[LINE_MAX_BYTES];
	size_t		n;
	struct timespec now;
	struct tm	utc;
	va_list		args;
	const char *key;

	if (level < least)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	n = strftime(line, sizeof(line), "{\"time\":\"%Y-%m-%dT%H:%M:%S", &utc);
	n += (size_t) snprintf(line + n, sizeof(line) - n, ".%03ldZ\",\"level\":\"%s\",\"program\":\"%s\",\"message\":\"",
						   now.tv_nsec / 1000000, level_names[level], program_name);
	n += put_json(line + n, sizeof(line) - n - 2, message);
	line[n++] = '"';

	va_start(args, message);
	while ((key = va_arg(args, const char *)) != NULL)
	{
		const char *value = va_arg(args, const char *);

		if (value == NULL || n + strlen(key) + 16 > sizeof(line))
			continue;
		n += (size_t) snprintf(line + n, sizeof(line) - n, ",\"%s\":\"", key);
		n += put_json(line + n, sizeof(line) - n - 4, value);
		line[n++] = '"';
	}
	va_end(args);
	line[n++] = '}';
	line[n++] = '\n';

	if (used + n > BUFFER_SIZE)
		log_flush();
	memcpy(buffer + used, line, n);
	used += n;
	if (level >= LOG_WARN)
		log_flush();
}
