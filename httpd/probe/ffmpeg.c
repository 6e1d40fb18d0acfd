/*
 * ffmpeg.c
 *		Having ffmpeg decode (see ffmpeg.h). The only thread of veza-probe.
 *
 * ffmpeg loads a hundred libraries, so it cannot be let in after the door is closed. It
 * is started with guard.c before its own code instead, which closes the door when all
 * of them are loaded, and gives it the file under a name that there is nowhere else:
 * where the guard is missing, ffmpeg finds no file.
 */
#include "ffmpeg.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guard.h"

const char *
ffmpeg_demuxer(const char *type)
{
	static const struct
	{
		const char *type;
		const char *demuxer;
	}			types[] = {
		{"audio/mp4", "mov"}, {"audio/x-m4a", "mov"}, {"audio/m4a", "mov"}, {"audio/aac", "aac"},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].demuxer;
	return NULL;
}

/* find_guard finds the guard beside this program, or in ../lib/veza; false when it is not there. */
static bool
find_guard(char preload[PATH_MAX + 64])
{
	static const char *const places[] = {GUARD_FILE, "../lib/veza/" GUARD_FILE};
	char		path[PATH_MAX];
	ssize_t		len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char	   *name;

	if (len <= 0)
		return false;
	path[len] = '\0';
	if ((name = strrchr(path, '/')) == NULL)
		return false;
	*name = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
	{
		snprintf(preload, PATH_MAX + 64, "LD_PRELOAD=%s/%s", path, places[i]);
		if (access(strchr(preload, '=') + 1, R_OK) == 0)
			return true;
	}
	return false;
}

/* become_ffmpeg replaces this process by ffmpeg, which writes samples to standard output. */
static void
become_ffmpeg(const char *program, const char *demuxer, char *preload, const SandboxLimits *limits)
{
	/* *INDENT-OFF* */
	char	   *const arguments[] = {
		"ffmpeg", "-nostdin", "-hide_banner", "-v", "quiet", "-threads", "1",
		"-protocol_whitelist", "file", "-codec_whitelist", "aac,alac", "-f", (char *) demuxer, "-i", "file:" GUARD_INPUT,
		"-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-c:a", "pcm_f32be", "-f", "au", "pipe:1", NULL};
	/* *INDENT-ON* */
	char	   *const environment[] = {preload, "LC_ALL=C", NULL};
	struct rlimit files = {GUARD_FILES_MAX, GUARD_FILES_MAX};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || !sandbox_limit(limits) || setrlimit(RLIMIT_NOFILE, &files) != 0)
		_exit(1);
	execve(program, arguments, environment);
	_exit(1);
}

bool
ffmpeg_start(Ffmpeg *ffmpeg, const char *program, const char *demuxer, const SandboxLimits *limits)
{
	char		preload[PATH_MAX + 64];
	int			ends[2];
	pid_t		parent = getpid();

	if (access(program, X_OK) != 0 || !find_guard(preload) || pipe2(ends, O_CLOEXEC) != 0)
		return false;
	if ((ffmpeg->pid = fork()) == 0)
	{
		if (dup2(ends[1], STDOUT_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0U, 0) != 0 || getppid() != parent)
			_exit(1);
		become_ffmpeg(program, demuxer, preload, limits);
	}
	close(ends[1]);
	ffmpeg->samples = ends[0];
	if (ffmpeg->pid > 0)
		return true;
	close(ends[0]);
	return false;
}

void
ffmpeg_end(const Ffmpeg *ffmpeg)
{
	close(ffmpeg->samples);
	while (waitpid(ffmpeg->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
