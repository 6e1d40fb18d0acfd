/*
 * log_test.c
 *		Log lines: one JSON object per line, whatever the values are.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../httpd/log.h"
#include "tap.h"

static char written[200000];

/* What the log writes between begin_capture and end_capture goes into written. */
static int	capture_fd;
static int	real_stdout;

/* begin_capture puts a pipe in the place of standard output. */
static void
begin_capture(void)
{
	int			fds[2];

	fflush(stdout);
	real_stdout = dup(STDOUT_FILENO);
	if (pipe(fds) != 0)
		abort();
	fcntl(fds[1], F_SETPIPE_SZ, 1 << 20);
	dup2(fds[1], STDOUT_FILENO);
	close(fds[1]);
	capture_fd = fds[0];
}

/* end_capture flushes the log and puts standard output back. */
static void
end_capture(void)
{
	ssize_t		n;
	size_t		used = 0;

	log_flush();
	dup2(real_stdout, STDOUT_FILENO);
	close(real_stdout);
	while ((n = read(capture_fd, written + used, sizeof(written) - 1 - used)) > 0)
		used += (size_t) n;
	written[used] = '\0';
	close(capture_fd);
}

/* ends_like says whether the captured line ends like this. */
static bool
ends_like(const char *end)
{
	return strlen(written) >= strlen(end) && strcmp(written + strlen(written) - strlen(end), end) == 0;
}

/* test_lines: members, escapes, values left out. */
static void
test_lines(void)
{
	begin_capture();
	log_line(LOG_INFO, "hello", "a", "1", "nothing", NULL, "b", "2", NULL);
	end_capture();
	ok(strncmp(written, "{\"time\":\"20", 11) == 0, "a line begins with the time");
	ok(ends_like(",\"level\":\"INFO\",\"program\":\"test\",\"message\":\"hello\",\"a\":\"1\",\"b\":\"2\"}\n"),
	   "a value of NULL is left out");
	begin_capture();
	log_line(LOG_INFO, "x\n\"y\"\\z", "k", "\r\n{\"level\":\"ERROR\"}\x7f\x01", NULL);
	end_capture();
	ok(ends_like("\"message\":\"x\\u000a\\\"y\\\"\\\\z\",\"k\":\"\\u000d\\u000a{\\\"level\\\":\\\"ERROR\\\"}\\u007f\\u0001\"}\n"),
	   "no value can end its line or its string");
	begin_capture();
	log_line(LOG_DEBUG, "quiet", NULL);
	end_capture();
	is_text(written, "", "what is below the level is not written");
}

/* test_long: values that do not fit are cut, the line stays whole. */
static void
test_long(void)
{
	char	   *text = malloc(10001);

	for (int kind = 0; kind < 3; kind++)
		for (size_t n = 3800; n < 4200; n++)
		{
			memset(text, kind == 0 ? 'x' : kind == 1 ? '"' : '\n', n);
			text[n] = '\0';
			begin_capture();
			if (n % 2)
				log_line(LOG_INFO, text, "k", text, NULL);
			else
				log_line(LOG_INFO, "m", "k", text, "k2", text, "k3", "short", NULL);
			end_capture();
			each(ends_like("\"}\n") && strlen(written) <= 4096, "%zu of kind %d: %zu bytes", n, kind, strlen(written));
			each(strchr(written, '\n') == written + strlen(written) - 1, "%zu of kind %d: two lines", n, kind);
		}
	free(text);
	all("a line has at most 4,096 bytes and ends as it should");
}

/* test_many: more lines than the buffer holds. */
static void
test_many(void)
{
	char		value[1000];
	int			lines = 0;

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	begin_capture();
	for (int i = 0; i < 100; i++)
		log_line(LOG_INFO, "many", "value", value, NULL);
	end_capture();
	for (const char *p = written; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	is_number(lines, 100, "lines are collected and none is lost");
}

int
main(void)
{
	log_init("test", "INFO");
	is_number(log_level(), LOG_INFO, "the level is kept");
	test_lines();
	test_long();
	test_many();
	log_init("test", "NONSENSE");
	is_number(log_level(), LOG_INFO, "an unknown level changes nothing");
	log_init("test", "ERROR");
	is_number(log_level(), LOG_ERROR, "a known one does");
	return done_testing();
}
