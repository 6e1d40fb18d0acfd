/*
 * log.c
 *		Structured logs (see log.h): how a line is made. Who writes it is in
 *		log_writer.c.
 */
#include "log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log_writer.h"

#define BUFFER_SIZE		65536
#define LINE_MAX_BYTES	4096
#define KEYS_MAX		16

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR"};

static const char *program_name = "veza";
static LogLevel least = LOG_INFO;

static __thread char buffer[BUFFER_SIZE];
static __thread size_t used;
static __thread unsigned int nlines;

/* A line while it is made, and the keys that it has. */
typedef struct Line
{
	char		text[LINE_MAX_BYTES];
	size_t		n;
	const char *keys[KEYS_MAX];
	size_t		nkeys;
} Line;

/* utf8_length returns how many bytes the character at p has; 0 when it is none. */
static size_t
utf8_length(const unsigned char *p)
{
	size_t		n = *p < 0x80 ? 1 : *p < 0xC2 ? 0 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : *p < 0xF5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] > 0x9F) ||
		(*p == 0xF0 && p[1] < 0x90) || (*p == 0xF4 && p[1] > 0x8F))
		return 0;
	return n;
}

/* put_json appends text as the inside of a JSON string, up to limit; a final line end is left out. */
static size_t
put_json(char *out, size_t limit, const char *text)
{
	size_t		n = 0;
	size_t		len;

	for (const unsigned char *p = (const unsigned char *) text; *p != '\0' && n + 7 < limit; p += len)
	{
		len = utf8_length(p);
		if (*p == '\n' && p[1] == '\0')
			break;
		if (len == 0)
		{
			n += (size_t) snprintf(out + n, 7, "\\ufffd");
			len = 1;
		}
		else if (*p == '"' || *p == '\\')
			out[n++] = '\\', out[n++] = (char) *p;
		else if (*p < ' ' || *p == 0x7F)
			n += (size_t) snprintf(out + n, 7, "\\u%04x", *p);
		else
		{
			memcpy(out + n, p, len);
			n += len;
		}
	}
	return n;
}

/* skip_digits returns the first character that is no digit; NULL when there is not one digit. */
static const char *
skip_digits(const char *p)
{
	size_t		n = strspn(p, "0123456789");

	return n > 0 ? p + n : NULL;
}

/* is_json_number says whether the text is a number as JSON writes it, without an exponent. */
static bool
is_json_number(const char *text)
{
	const char *p = text + (*text == '-');
	const char *end = skip_digits(p);

	if (end == NULL || (*p == '0' && end > p + 1))
		return false;
	if (*end == '.' && (end = skip_digits(end + 1)) == NULL)
		return false;
	return *end == '\0';
}

/* has_key says whether the line has this key already. */
static bool
has_key(const Line *line, const char *key)
{
	for (size_t i = 0; i < line->nkeys; i++)
		if (strcmp(line->keys[i], key) == 0)
			return true;
	return false;
}

/* second_text returns a second as text, and makes it once: most lines are of the same second as the line before. */
static const char *
second_text(time_t second)
{
	static __thread time_t made = -1;
	static __thread char text[sizeof("YYYY-MM-DDTHH:MM:SS") + 8];
	struct tm	utc;

	if (second != made)
	{
		gmtime_r(&second, &utc);
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
		made = second;
	}
	return text;
}

/* begin_line writes what every line has. */
static void
begin_line(Line *line, LogLevel level, const char *message)
{
	struct timespec now;
	size_t		n;

	clock_gettime(CLOCK_REALTIME, &now);
	n = (size_t) snprintf(line->text, sizeof(line->text),
						  "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"program\":\"%s\",\"message\":\"",
						  second_text(now.tv_sec), now.tv_nsec / 1000000, level_names[level], program_name);
	n += put_json(line->text + n, sizeof(line->text) - n - 2, message);
	line->text[n++] = '"';
	line->n = n;
	memcpy(line->keys, (const char *const[]) {"time", "level", "program", "message"}, 4 * sizeof(char *));
	line->nkeys = 4;
}

/* add_member adds a key and its value; what does not fit is left out, and a key that is there already gets a _ before it. */
static void
add_member(Line *line, const char *key, const char *value)
{
	bool		is_numeric = key[0] == '#';
	size_t		room = sizeof(line->text) - line->n;

	key += is_numeric;
	if (room < strlen(key) + 17 || line->nkeys == KEYS_MAX)
		return;
	line->n += (size_t) snprintf(line->text + line->n, room, ",\"%s%s\":", has_key(line, key) ? "_" : "", key);
	line->keys[line->nkeys++] = key;
	if (is_numeric && is_json_number(value) && strlen(value) + 4 < sizeof(line->text) - line->n)
		line->n = (size_t) (stpcpy(line->text + line->n, value) - line->text);
	else
	{
		line->text[line->n++] = '"';
		line->n += put_json(line->text + line->n, sizeof(line->text) - line->n - 4, value);
		line->text[line->n++] = '"';
	}
}

/* end_line closes the object and the line; add_member has left room for that. */
static void
end_line(Line *line)
{
	line->text[line->n++] = '}';
	line->text[line->n++] = '\n';
}

/* loss_line makes the line that says how many were lost; for the writer. */
static size_t
loss_line(uint64_t lost, char *out, size_t size)
{
	Line		line;
	char		number[24];

	snprintf(number, sizeof(number), "%llu", (unsigned long long) lost);
	begin_line(&line, LOG_WARN, "log lines were lost: nobody read them, or they could not be written");
	add_member(&line, "#lines", number);
	end_line(&line);
	if (line.n > size)
		return 0;
	memcpy(out, line.text, line.n);
	return line.n;
}

void
log_init(const char *program, const char *level)
{
	program_name = program;
	for (int i = 0; i < 4; i++)
		if (strcmp(level_names[i], level) == 0)
			least = (LogLevel) i;
	log_writer_start(loss_line);
}

LogLevel
log_level(void)
{
	return least;
}

void
log_flush(void)
{
	if (used > 0)
		log_writer_take(buffer, used, nlines);
	used = nlines = 0;
}

void
log_drain(int timeout_ms)
{
	log_flush();
	log_writer_drain(timeout_ms);
}

uint64_t
log_dropped(void)
{
	return log_writer_dropped();
}

void
log_line(LogLevel level, const char *message, ...)
{
	Line		line;
	va_list		args;
	const char *key;

	if (level < least)
		return;
	begin_line(&line, level, message);
	va_start(args, message);
	while ((key = va_arg(args, const char *)) != NULL)
	{
		const char *value = va_arg(args, const char *);

		if (value != NULL)
			add_member(&line, key, value);
	}
	va_end(args);
	end_line(&line);

	if (used + line.n > BUFFER_SIZE)
		log_flush();
	memcpy(buffer + used, line.text, line.n);
	used += line.n;
	nlines++;
	if (level >= LOG_WARN)
		log_flush();
}
