/*
 * analyser.h
 *		Running veza-probe on one file: an open file goes in, what the program has
 *		written comes out. Waits, for ANALYSIS_TIMEOUT at most: for threads that may.
 *
 * The program reads what a stranger has sent. It has a process of its own, its
 * descriptors are the file and three pipes, its environment is empty; it is
 * killed when it takes too long or writes too much, with all that it has started.
 */
#ifndef VEZA_ANALYSER_H
#define VEZA_ANALYSER_H

#include <stdbool.h>
#include <stddef.h>

#define ANALYSER_DETAIL_MAX 128

typedef enum AnalyserEnd
{
	ANALYSER_ANSWERED,
	ANALYSER_CRASHED,			/* it has ended otherwise, or has written too much */
	ANALYSER_TOO_SLOW,
	ANALYSER_STOPPED,			/* must_stop has said so */
	ANALYSER_UNABLE				/* it cannot be run here, whatever the file */
} AnalyserEnd;

/* What comes out of one of the pipes. */
typedef struct AnalyserText
{
	char	   *bytes;			/* malloc'd, or NULL */
	size_t		len;
	size_t		room;
} AnalyserText;

typedef struct AnalyserOutput
{
	AnalyserText answer;		/* JSON */
	AnalyserText waveform;
	AnalyserText cover;
	char		detail[ANALYSER_DETAIL_MAX];	/* of what has gone wrong */
} AnalyserOutput;

/* Runs the program on an open file of this type; the output is to be freed whatever the end. must_stop is asked often. */
extern AnalyserEnd analyser_run(int fd, const char *type, bool (*must_stop) (void), AnalyserOutput *out);
extern void analyser_free(AnalyserOutput *out);

#endif							/* VEZA_ANALYSER_H */
