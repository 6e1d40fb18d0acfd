/*
 * ffmpeg.h
 *		Having ffmpeg decode what no library of ours does: AAC and Apple Lossless. For
 *		the only thread of veza-probe, before it enters its sandbox.
 */
#ifndef VEZA_PROBE_FFMPEG_H
#define VEZA_PROBE_FFMPEG_H

#include <sys/types.h>

#include "sandbox.h"

typedef struct Ffmpeg
{
	pid_t		pid;
	int			samples;		/* the end of the pipe from which they come */
} Ffmpeg;

/* The demuxer for a type of file that needs ffmpeg; NULL for any other. */
extern const char *ffmpeg_demuxer(const char *type);

/*
 * Starts the program in a sandbox of its own, in which it reads the file at descriptor 0; false when it cannot
 * be started, as where it is not installed.
 */
extern bool ffmpeg_start(Ffmpeg *ffmpeg, const char *program, const char *demuxer, const SandboxLimits *limits);

/* Waits until it has ended, which it does when nobody reads its samples. */
extern void ffmpeg_end(const Ffmpeg *ffmpeg);

#endif							/* VEZA_PROBE_FFMPEG_H */
