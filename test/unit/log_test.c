/*
 * log_test.c
 *		Log lines: one JSON object per line, whatever the values are.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../../httpd/base/log.h"
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

	log_drain(10000);
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

/* test_members: numbers are numbers, and no key is there twice. */
static void
test_members(void)
{
	begin_capture();
	log_line(LOG_INFO, "m", "#a", "200", "#b", "-0.125", "#c", "0", "#d", "00", "#e", "1.", "#f", "", "#g", "0x1", "#h", "1}",
			 "i", "7", NULL);
	end_capture();
	ok(ends_like("\"a\":200,\"b\":-0.125,\"c\":0,\"d\":\"00\",\"e\":\"1.\",\"f\":\"\",\"g\":\"0x1\",\"h\":\"1}\",\"i\":\"7\"}\n"),
	   "a number is written as one, if it is one and is said to be one");
	begin_capture();
	log_line(LOG_INFO, "m", "message", "x", "level", "y", "#time", "1", "k", "1", "k", "2", NULL);
	end_capture();
	ok(ends_like("\"message\":\"m\",\"_message\":\"x\",\"_level\":\"y\",\"_time\":1,\"k\":\"1\",\"_k\":\"2\"}\n"),
	   "a key is never repeated");
	begin_capture();
	log_line(LOG_INFO, "\xc3\xa9\xff\xe2\x82", "k", "\xed\xa0\x80\xf0\x9f\x8e\xb5\xc0\x80", NULL);
	end_capture();
	ok(ends_like("\"message\":\"\xc3\xa9\\ufffd\\ufffd\\ufffd\",\"k\":\"\\ufffd\\ufffd\\ufffd\xf0\x9f\x8e\xb5\\ufffd\\ufffd\"}\n"),
	   "what is not UTF-8 is replaced");
}

/* now_ms is a clock. */
static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* fill_log logs far more than any buffer holds. */
static void
fill_log(void)
{
	char		value[1001];

	memset(value, 'v', 1000);
	value[1000] = '\0';
	for (int i = 0; i < 5000; i++)
		log_line(i % 2 ? LOG_WARN : LOG_INFO, "fill", "value", value, NULL);
	log_flush();
}

/* read_lines reads what is captured until nothing comes for a while; returns the lines of "fill". */
static unsigned long
read_lines(unsigned long *told, bool *is_whole)
{
	static char text[8 << 20];
	size_t		n = 0;
	unsigned long lines = 0;

	for (long quiet = now_ms() + 500; n < sizeof(text) - 1 && now_ms() < quiet;)
	{
		ssize_t		more = read(capture_fd, text + n, sizeof(text) - 1 - n);

		if (more > 0)
		{
			n += (size_t) more;
			quiet = now_ms() + 500;
		}
		else
			usleep(1000);
	}
	text[n] = '\0';
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
	{
		const char *loss = strstr(line, "\"lines\":");

		*is_whole = *is_whole && line[0] == '{' && line[strlen(line) - 1] == '}';
		if (loss != NULL)
			*told += strtoul(loss + 8, NULL, 10);
		lines += strstr(line, "\"message\":\"fill\"") != NULL;
	}
	return lines;
}

/* test_unread: nobody reads. */
static void
test_unread(void)
{
	uint64_t	before = log_dropped();
	uint64_t	lost;
	unsigned long told = 0;
	unsigned long lines;
	bool		is_whole = true;
	long		start;
	long		filling;
	long		draining;

	begin_capture();
	fcntl(capture_fd, F_SETPIPE_SZ, 4096);
	fcntl(capture_fd, F_SETFL, O_NONBLOCK);
	start = now_ms();
	fill_log();
	filling = now_ms() - start;
	lost = log_dropped() - before;
	start = now_ms();
	log_drain(200);
	draining = now_ms() - start;
	lines = read_lines(&told, &is_whole);
	log_line(LOG_INFO, "after", NULL);
	end_capture();
	ok(filling < 10000, "nobody reads, and nobody waits");
	ok(lost > 3000 && lost < 4990, "the buffer is bounded, and what is lost is counted: %lu", (unsigned long) lost);
	ok(draining >= 190 && draining < 10000, "the end waits as long as it is told to");
	is_number((long) (lines + lost), 5000, "every other line is there when somebody reads again");
	is_number((long) told, (long) lost, "and a line says how many are not");
	ok(is_whole, "no line is cut");
	ok(ends_like("\"message\":\"after\"}\n"), "and all is as before");
}

/* test_gone: the reader has gone, or the disk is full. */
static void
test_gone(void)
{
	uint64_t	before = log_dropped();

	signal(SIGPIPE, SIG_IGN);
	begin_capture();
	close(capture_fd);
	capture_fd = open("/dev/null", O_RDONLY);
	log_line(LOG_INFO, "to nobody", NULL);
	end_capture();
	is_number(log_dropped() - before, 1, "a line to nobody is counted");
	before = log_dropped();
	fflush(stdout);
	real_stdout = dup(STDOUT_FILENO);
	capture_fd = open("/dev/full", O_WRONLY);
	dup2(capture_fd, STDOUT_FILENO);
	log_line(LOG_INFO, "to a full disk", NULL);
	log_line(LOG_INFO, "again", NULL);
	end_capture();
	is_number(log_dropped() - before, 2, "lines that a full disk refuses are counted");
	begin_capture();
	log_line(LOG_INFO, "room", NULL);
	end_capture();
	ok(strstr(written, "\"message\":\"room\"") != NULL && ends_like("\"lines\":3}\n"), "the next one tells of them");
}

/* test_file: nobody can stop reading a file, so that a line is in it before the next thing is done. */
static void
test_file(void)
{
	char		path[] = "/tmp/log_test_XXXXXX";
	char		text[1000] = "";
	int			fd = mkstemp(path);

	fflush(stdout);
	real_stdout = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	log_line(LOG_WARN, "at once", NULL);
	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		abort();
	dup2(real_stdout, STDOUT_FILENO);
	close(real_stdout);
	close(fd);
	unlink(path);
	ok(strstr(text, "at once") != NULL, "a file has its lines at once");
}

int
main(void)
{
	log_init("test", "INFO");
	is_number(log_level(), LOG_INFO, "the level is kept");
	test_lines();
	test_long();
	test_many();
	test_members();
	test_unread();
	test_gone();
	test_file();
	log_init("test", "NONSENSE");
	is_number(log_level(), LOG_INFO, "an unknown level changes nothing");
	log_init("test", "ERROR");
	is_number(log_level(), LOG_ERROR, "a known one does");
	return done_testing();
}
