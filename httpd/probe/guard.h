/*
 * guard.h
 *		The name of the guard of ffmpeg, and what both sides of it know. For the only
 *		thread of veza-probe, and the first one of ffmpeg.
 */
#ifndef VEZA_PROBE_GUARD_H
#define VEZA_PROBE_GUARD_H

#define GUARD_FILE		"veza-probe-guard.so"
#define GUARD_INPUT		"/veza-probe/input" /* where the file seems to be */
#define GUARD_FILES_MAX 16		/* descriptors */

#endif							/* VEZA_PROBE_GUARD_H */
