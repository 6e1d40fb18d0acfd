/*
 * ffmpeg.h
 *		Having ffmpeg decode what no library of ours does: AAC and Apple Lossless. For
 *		the only thread of veza-probe, before it enters its sandbox.
 */
#ifndef VEZA_PROBE_FFMPEG_H
#define VEZA_PROBE_FFMPEG_H

#include "sandbox.h"

/* The demuxer for a type of file that needs ffmpeg; NULL for any other. */
extern const char *ffmpeg_demuxer(const char *type);

/*
 * Starts the program in a sandbox of its own; it reads the file at descriptor 0. Returns the end of the pipe
 * from which its samples come; -1 when it cannot be started, as where it is not installed.
 */
extern int	ffmpeg_start(const char *program, const char *demuxer, const SandboxLimits *limits);

#endif							/* VEZA_PROBE_FFMPEG_H */
