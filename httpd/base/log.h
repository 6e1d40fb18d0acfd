/*
 * log.h
 *		Structured logs: one JSON object per line on standard output.
 *
 *		log_line(LOG_WARN, "database lost", "lane", "reads", "#backend", "4711", NULL);
 *
 * Keys and values alternate and end with NULL. Values are text; a key that
 * begins with # has a number, which is written as one when it is one. Each
 * thread collects its lines and hands them over at log_flush or when they are
 * many, so that an access log costs neither a system call nor a lock per
 * request. One thread writes them: when nobody reads standard output it alone
 * waits, and what does not fit into its buffer meanwhile is counted and lost.
 */
#ifndef VEZA_LOG_H
#define VEZA_LOG_H

#include <stdint.h>

typedef enum LogLevel
{
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARN,
	LOG_ERROR
} LogLevel;

/* Sets the program's name and the least level that is written: DEBUG, INFO, WARN or ERROR; starts the writer. */
extern void log_init(const char *program, const char *level);

/* The least level that is written: ask before you compose a costly line. */
extern LogLevel log_level(void);

/* Adds one line; below the least level it does nothing. Never fails and never waits: what cannot be written is lost. */
extern void log_line(LogLevel level, const char *message, ...) __attribute__((sentinel));

/* Hands over what this thread has collected. Never waits. */
extern void log_flush(void);

/* The same, and waits until all is written, or for that time at most: for the end of a program. */
extern void log_drain(int timeout_ms);

/* Lines that were lost so far. */
extern uint64_t log_dropped(void);

#endif							/* VEZA_LOG_H */
