/*
 * analyser.c
 *		Running veza-probe on one file (see analyser.h).
 */
#include "analyser.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/watch.h"
#include "../config/config.h"

#define OUTPUTS			3
#define ANSWER_MAX		(1024 * 1024)
#define WAVEFORM_MAX	(1024 * 1024)
#define COVER_MAX		(5 * 1024 * 1024)
#define PIECE_SIZE		(64 * 1024)
#define LOOK_MS			200		/* so often somebody who waits looks whether to stop */
#define END_MS			2000	/* a program that has closed its pipes ends soon */
#define MARGIN_S		2		/* the program's own clock is earlier than ours, and answers */
#define NICE			10
#define EXIT_SANDBOX	3		/* of veza-probe: this system does not let it shut itself in */

/* A program that runs, and the pipes that it writes to. */
typedef struct Run
{
	pid_t		pid;
	int			pipes[OUTPUTS];	/* our ends; -1: closed */
	int			theirs[OUTPUTS];
	AnalyserText *texts[OUTPUTS];
	size_t		limits[OUTPUTS];
	int64_t		end_ms;
} Run;

/* program_path writes where the program is. */
static void
program_path(char out[PATH_MAX])
{
	static const char name[] = "veza-probe";
	ssize_t		n;
	char	   *slash;

	if (config_is_set(CONFIG_ANALYSIS_PROGRAM))
	{
		snprintf(out, PATH_MAX, "%s", config_text(CONFIG_ANALYSIS_PROGRAM));
		return;
	}
	n = readlink("/proc/self/exe", out, PATH_MAX - sizeof(name) - 1);
	out[n > 0 ? n : 0] = '\0';
	slash = strrchr(out, '/');
	memcpy(slash ? slash + 1 : out, name, sizeof(name));
}

/* close_pipes closes what is left of the pipes. */
static void
close_pipes(int pipes[OUTPUTS])
{
	for (int i = 0; i < OUTPUTS; i++)
	{
		if (pipes[i] >= 0)
			close(pipes[i]);
		pipes[i] = -1;
	}
}

/* make_pipes makes the pipes; false when there are no descriptors left. */
static bool
make_pipes(Run *run)
{
	for (int i = 0; i < OUTPUTS; i++)
		run->pipes[i] = run->theirs[i] = -1;
	for (int i = 0; i < OUTPUTS; i++)
	{
		int			ends[2];

		if (pipe2(ends, O_CLOEXEC) != 0)
			return false;
		run->pipes[i] = ends[0];
		run->theirs[i] = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);	/* beyond the numbers that they get there */
		close(ends[1]);
		if (run->theirs[i] < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
			return false;
	}
	return true;
}

/* set_descriptors says which descriptors the program gets: the file, the pipes, and nothing else. */
static bool
set_descriptors(posix_spawn_file_actions_t *actions, int fd, const Run *run)
{
	static const int numbers[OUTPUTS] = {1, 3, 4};
	bool		ok = posix_spawn_file_actions_adddup2(actions, fd, 0) == 0 &&
		posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0) == 0;

	for (int i = 0; ok && i < OUTPUTS; i++)
		ok = posix_spawn_file_actions_adddup2(actions, run->theirs[i], numbers[i]) == 0;
	return ok && posix_spawn_file_actions_addclosefrom_np(actions, 5) == 0;
}

/* set_attributes gives the program a group of its own, to be killed with all that it starts, and signals as they were. */
static bool
set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t	none;
	sigset_t	all;

	sigemptyset(&none);
	sigfillset(&all);
	return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0 &&
		posix_spawnattr_setpgroup(attributes, 0) == 0 && posix_spawnattr_setsigmask(attributes, &none) == 0 &&
		posix_spawnattr_setsigdefault(attributes, &all) == 0;
}

/* start_program starts the program; 0, or what the system says. */
static int
start_program(Run *run, int fd, const char *type)
{
	char		path[PATH_MAX];
	char		seconds[24];
	char		cover[24];
	char	   *argv[] = {path, "--seconds", seconds, "--cpu-seconds", seconds, "--max-cover", cover, "--type", (char *) type,
		NULL};
	char	   *no_environment[] = {NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int64_t		time_s = config_int(CONFIG_ANALYSIS_TIMEOUT) / 1000 - MARGIN_S;
	int			error = ENOMEM;

	program_path(path);
	snprintf(seconds, sizeof(seconds), "%lld", (long long) (time_s > 0 ? time_s : 1));
	snprintf(cover, sizeof(cover), "%d", COVER_MAX);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	if (set_descriptors(&actions, fd, run) && set_attributes(&attributes))
		error = posix_spawn(&run->pid, path, &actions, &attributes, argv, no_environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (error == 0)
		(void) setpriority(PRIO_PROCESS, (id_t) run->pid, NICE);
	return error;
}

/* take_output takes what has come of one pipe; false when it is more than there may be. */
static bool
take_output(Run *run, int i)
{
	AnalyserText *t = run->texts[i];
	ssize_t		n;

	if (t->len + PIECE_SIZE > t->room)
	{
		t->room = 2 * t->room + PIECE_SIZE;
		if ((t->bytes = realloc(t->bytes, t->room)) == NULL)
			abort();
	}
	n = read(run->pipes[i], t->bytes + t->len, PIECE_SIZE);
	if (n > 0)
		t->len += (size_t) n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
	{
		close(run->pipes[i]);
		run->pipes[i] = -1;
	}
	return t->len <= run->limits[i];
}

/* collect takes all that the program writes. */
static AnalyserEnd
collect(Run *run, bool (*must_stop) (void))
{
	for (;;)
	{
		struct pollfd p[OUTPUTS];
		int64_t		left_ms = run->end_ms - monotonic_ms();
		int			nopen = 0;

		for (int i = 0; i < OUTPUTS; i++)
		{
			p[i] = (struct pollfd) {.fd = run->pipes[i], .events = POLLIN};
			nopen += run->pipes[i] >= 0;
		}
		if (nopen == 0)
			return ANALYSER_ANSWERED;
		if (left_ms <= 0)
			return ANALYSER_TOO_SLOW;
		if (must_stop())
			return ANALYSER_STOPPED;
		if (poll(p, OUTPUTS, left_ms < LOOK_MS ? (int) left_ms : LOOK_MS) <= 0)
			continue;
		for (int i = 0; i < OUTPUTS; i++)
			if (p[i].revents != 0 && !take_output(run, i))
				return ANALYSER_CRASHED;
	}
}

/* has_ended waits a little for the program's end; false when it does not come. */
static bool
has_ended(const Run *run, int *status)
{
	int64_t		end_ms = monotonic_ms() + END_MS;

	while (waitpid(run->pid, status, WNOHANG) == 0)
	{
		if (monotonic_ms() >= end_ms)
			return false;
		usleep(1000);
	}
	return true;
}

/* judge_exit says what the end of the program means. */
static AnalyserEnd
judge_exit(int status, AnalyserOutput *out)
{
	if (WIFSIGNALED(status))
		snprintf(out->detail, sizeof(out->detail), "killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		snprintf(out->detail, sizeof(out->detail), "exit status %d", WEXITSTATUS(status));
	else if (out->answer.len > 0)
		return ANALYSER_ANSWERED;
	else
		snprintf(out->detail, sizeof(out->detail), "no answer");
	/* 127: posix_spawn has found no program that can be run. */
	return WIFEXITED(status) && (WEXITSTATUS(status) == EXIT_SANDBOX || WEXITSTATUS(status) == 127)
		? ANALYSER_UNABLE : ANALYSER_CRASHED;
}

/* end_program waits for the end of a program that has closed its pipes; any other is killed, with all that it has started. */
static AnalyserEnd
end_program(const Run *run, AnalyserEnd end, AnalyserOutput *out)
{
	int			status = 0;

	if (end == ANALYSER_ANSWERED && has_ended(run, &status))
	{
		kill(-run->pid, SIGKILL);
		return judge_exit(status, out);
	}
	kill(-run->pid, SIGKILL);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		;
	snprintf(out->detail, sizeof(out->detail), "%s",
			 end == ANALYSER_TOO_SLOW ? "it took too long" : end == ANALYSER_STOPPED ? "stopped"
			 : end == ANALYSER_CRASHED ? "it has written too much" : "it did not end");
	return end == ANALYSER_ANSWERED ? ANALYSER_CRASHED : end;
}

AnalyserEnd
analyser_run(int fd, const char *type, bool (*must_stop) (void), AnalyserOutput *out)
{
	Run			run = {.texts = {&out->answer, &out->waveform, &out->cover}, .limits = {ANSWER_MAX, WAVEFORM_MAX, COVER_MAX}};
	AnalyserEnd end = ANALYSER_UNABLE;
	int			error;

	memset(out, 0, sizeof(*out));
	run.end_ms = monotonic_ms() + config_int(CONFIG_ANALYSIS_TIMEOUT);
	error = make_pipes(&run) ? start_program(&run, fd, type) : errno;
	close_pipes(run.theirs);
	if (error == 0)
		end = end_program(&run, collect(&run, must_stop), out);
	else
		snprintf(out->detail, sizeof(out->detail), "%s", strerror(error));
	close_pipes(run.pipes);
	return end;
}

void
analyser_free(AnalyserOutput *out)
{
	free(out->answer.bytes);
	free(out->waveform.bytes);
	free(out->cover.bytes);
	memset(out, 0, sizeof(*out));
}
