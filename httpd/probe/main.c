/*
 * main.c
 *		veza-probe: decodes one file that a stranger has sent, in a sandbox, says what
 *		it is, and ends. The main function, and the process's only thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer.h"
#include "container.h"
#include "ffmpeg.h"
#include "sandbox.h"

static const char usage[] =
	"usage: veza-probe [option...] <file | ...\n"
	"\n"
	"Decodes one audio file and answers with one JSON document (docs/probe.md). The waveform goes to descriptor 3,\n"
	"the cover to 4; all three are pipes, and 3 and 4 may be closed. Exits with 0 when it has answered.\n"
	"\n"
	"  --max-seconds N   longest sound (14400)\n"
	"  --max-cover N     largest cover, in bytes (5242880)\n"
	"  --cpu-seconds N   computing time, of ffmpeg the same again (300)\n"
	"  --seconds N       time (600)\n"
	"  --type TYPE       what the file was taken for: audio/mp4 and audio/aac are decoded by ffmpeg\n"
	"  --ffmpeg PATH     where it is (/usr/bin/ffmpeg)\n";

#define EXIT_USAGE		2
#define EXIT_SANDBOX	3		/* this kernel does not let us close the door */

#define FD_WAVEFORM 3
#define FD_COVER	4
#define FD_SAMPLES	5			/* the pipe of ffmpeg */

#define MEMORY			((uint64_t) 384 << 20)	/* bytes of address space; docs/probe.md says what is used */
#define FFMPEG_MEMORY	((uint64_t) 1536 << 20) /* its libraries and the stacks of its threads are most of it */

/* How much of what a header claims may be missing: files are cut a little, and encoders add silence that decoders take away. */
#define MISSING_PERCENT 2
#define MISSING_MS		200		/* of what is not lossless */

typedef struct Options
{
	uint32_t	max_seconds;
	uint32_t	max_cover;
	uint32_t	cpu_seconds;
	uint32_t	seconds;
	const char *type;
	const char *ffmpeg;
} Options;

/* What is answered when the time is up; and how far another answer is. */
static const char too_complex[] = "{\"ok\":false,\"code\":\"too_complex\",\"detail\":\"it took too long\","
	"\"container\":null,\"codec\":null}";
static volatile sig_atomic_t answering;

enum
{
	NOT_YET,
	BEGUN,
	DONE,
};

/* end_in_time is the handler of both clocks. */
static void
end_in_time(int signal_number)
{
	(void) signal_number;
	if (answering == DONE)
		_exit(0);
	if (answering == NOT_YET && write(STDOUT_FILENO, too_complex, sizeof(too_complex) - 1) == (ssize_t) sizeof(too_complex) - 1)
		_exit(0);
	_exit(1);
}

/* read_count reads the value of an option; ends the program when it is none. */
static uint32_t
read_count(const char *text)
{
	char	   *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value == 0 || value > INT32_MAX)
	{
		fputs(usage, stderr);
		exit(EXIT_USAGE);
	}
	return (uint32_t) value;
}

/* read_options reads the arguments; ends the program when they are wrong. */
static Options
read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{"max-seconds", required_argument, NULL, 's'}, {"max-cover", required_argument, NULL, 'c'},
		{"cpu-seconds", required_argument, NULL, 'u'}, {"seconds", required_argument, NULL, 'w'},
		{"type", required_argument, NULL, 't'}, {"ffmpeg", required_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'},
		{0}
	};
	Options		options = {14400, 5 << 20, 300, 600, "", "/usr/bin/ffmpeg"};
	int			option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0)
	{
		if (option == 's')
			options.max_seconds = read_count(optarg);
		else if (option == 'c')
			options.max_cover = read_count(optarg);
		else if (option == 'u')
			options.cpu_seconds = read_count(optarg);
		else if (option == 'w')
			options.seconds = read_count(optarg);
		else if (option == 't')
			options.type = optarg;
		else if (option == 'f')
			options.ffmpeg = optarg;
		else
		{
			fputs(usage, option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : EXIT_USAGE);
		}
	}
	return options;
}

/* read_standard_input reads n bytes of the file at an offset, and moves nothing that ffmpeg shares. */
static bool
read_standard_input(const Source *source, uint64_t at, void *into, size_t n)
{
	(void) source;
	while (n > 0)
	{
		ssize_t		got = pread(STDIN_FILENO, into, n, (off_t) at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		into = (char *) into + got;
		at += (uint64_t) got;
		n -= (size_t) got;
	}
	return true;
}

/* write_out writes all bytes to a pipe and closes it; ends the program when nobody reads them. */
static void
write_out(int fd, const void *bytes, size_t n)
{
	while (n > 0)
	{
		ssize_t		done = write(fd, bytes, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			_exit(1);
		bytes = (const char *) bytes + done;
		n -= (size_t) done;
	}
	close(fd);
}

/* is_missing_much says whether much less was decoded than the header claims. */
static bool
is_missing_much(const AudioHeader *header, const Sound *sound)
{
	double		claimed = header->rate > 0 ? (double) header->frames / header->rate : 0;
	double		missing = claimed - (double) sound->frames / sound->rate;

	return missing * 100 > claimed * MISSING_PERCENT && (header->is_lossless || missing * 1000 > MISSING_MS);
}

/* judge_sound says whether what was decoded is all of what should be there. */
static ProbeCode
judge_sound(const AudioHeader *header, const Decoder *decoder, const Sound *sound)
{
	if (header->is_cut || is_missing_much(header, sound))
		return PROBE_TRUNCATED;
	/* What stands behind the sound, like an old tag, confuses some decoders. */
	if (decoder->has_failed && (header->frames == 0 || sound->frames < header->frames))
		return PROBE_UNDECODABLE;
	return sound->frames == 0 ? PROBE_EMPTY : PROBE_OK;
}

/* decode_sound decodes what the header says may be decoded. */
static ProbeCode
decode_sound(const Source *source, const AudioHeader *header, const Options *options, int samples, Sound *sound)
{
	Decoder		decoder;
	bool		by_ffmpeg = strcmp(header->container, "mp4") == 0 || strcmp(header->container, "adts") == 0;
	ProbeCode	code;

	if (header->rate > 0 && header->frames / header->rate > options->max_seconds)
		return PROBE_TOO_LONG;
	if (by_ffmpeg && samples < 0)
		return PROBE_NO_DECODER;
	code = by_ffmpeg ? decoder_open_pipe(&decoder, samples, header) : decoder_open_file(&decoder, source, header);
	if (code == PROBE_UNDECODABLE && header->is_cut)
		code = PROBE_TRUNCATED;
	if (code == PROBE_OK)
		code = measure_sound(&decoder, options->max_seconds, sound);
	return code == PROBE_OK ? judge_sound(header, &decoder, sound) : code;
}

/* probe reads, decodes and answers, within the sandbox. */
static void
probe(const Source *source, const Options *options, int samples)
{
	static Tags tags;
	static Sound sound;
	AudioHeader header;
	Json		json = {0};

	tags.cover_max = options->max_cover;
	container_read(source, &header, &tags);
	if (header.code == PROBE_OK)
		header.code = decode_sound(source, &header, options, samples, &sound);
	answering = BEGUN;
	if (header.code == PROBE_OK)
	{
		answer_sound(&json, &header, &sound, &tags);
		if (json.is_broken)
			_exit(1);
		write_out(FD_WAVEFORM, sound.waveform, sound.waveform_size);
		write_out(FD_COVER, tags.cover, tags.cover_size);
	}
	else
		answer_refusal(&json, header.code, header.detail, &header);
	if (json.is_broken)
		_exit(1);
	write_out(STDOUT_FILENO, json.text, json.len);
	answering = DONE;
}

/* occupy_outputs sees to it that descriptors that the caller has closed lead nowhere, and are none of ours. */
static bool
occupy_outputs(void)
{
	int			fd;

	do
	{
		if ((fd = open("/dev/null", O_RDWR)) < 0)
			return false;
	} while (fd < FD_SAMPLES);
	return true;
}

/* start_clocks has the program answer when its time is up. */
static bool
start_clocks(const Options *options)
{
	struct sigaction action = {.sa_handler = end_in_time};

	alarm(options->seconds);
	return sigaction(SIGXCPU, &action, NULL) == 0 && sigaction(SIGALRM, &action, NULL) == 0;
}

int
main(int argc, char **argv)
{
	Options		options = read_options(argc, argv);
	SandboxLimits limits = {MEMORY, options.cpu_seconds};
	SandboxLimits ffmpeg_limits = {FFMPEG_MEMORY, options.cpu_seconds};
	const char *demuxer = ffmpeg_demuxer(options.type);
	Ffmpeg		ffmpeg = {0, -1};
	struct stat file;
	Source		source;

	if (fstat(STDIN_FILENO, &file) != 0 || !S_ISREG(file.st_mode))
	{
		fputs("veza-probe: standard input is no file\n", stderr);
		return EXIT_USAGE;
	}
	source = (Source) {.size = (uint64_t) file.st_size, .read = read_standard_input};
	if (sodium_init() < 0 || !occupy_outputs())
		return EXIT_SANDBOX;
	if (demuxer != NULL && ffmpeg_start(&ffmpeg, options.ffmpeg, demuxer, &ffmpeg_limits))
	{
		if (dup2(ffmpeg.samples, FD_SAMPLES) < 0)
			return EXIT_SANDBOX;
		ffmpeg.samples = FD_SAMPLES;
	}
	if (!sandbox_forget(ffmpeg.samples < 0 ? FD_SAMPLES : FD_SAMPLES + 1) || !start_clocks(&options)
		|| !sandbox_limit(&limits) || !sandbox_enter())
		return EXIT_SANDBOX;
	probe(&source, &options, ffmpeg.samples);
	if (ffmpeg.samples >= 0)
		ffmpeg_end(&ffmpeg);
	_exit(0);
}
