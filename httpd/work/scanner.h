/*
 * scanner.h
 *		The virus scanner as everybody sees it: is it there, and what does it say of
 *		a file? A thread of its own asks all the time how it is; any thread reads that.
 */
#ifndef VEZA_SCANNER_H
#define VEZA_SCANNER_H

#include <stdbool.h>

#include "clamd_reply.h"

/* Starts the thread, unless no scanner is used; its first look may still be under way. */
extern void scanner_start(void);

/* How it is: "ok", "down" or "disabled"; static. Never blocks. */
extern const char *scanner_status(void);

/* Must files wait, because one is required and not there? Never blocks. */
extern bool scanner_is_missed(void);

/* Has an open file scanned; waits for CLAMAV_TIMEOUT at most. For a thread that may wait. */
extern ClamdVerdict scanner_scan(int fd, bool (*must_stop) (void), char detail[CLAMD_DETAIL_MAX]);

#endif							/* VEZA_SCANNER_H */
