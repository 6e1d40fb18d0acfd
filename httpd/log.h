/*
 * log.h
 *		Structured logs: one JSON object per line on standard output.
 *
 *		log_line(LOG_WARN, "database lost", "lane", "reads", "error", message, NULL);
 *
 * Keys and values alternate and end with NULL; values are text. Each thread
 * collects its lines and writes them at log_flush or when they are many, so
 * that an access log costs no system call per request.
 */
#ifndef VEZA_LOG_H
#define VEZA_LOG_H

typedef enum LogLevel
{
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARN,
	LOG_ERROR
} LogLevel;

/* Sets the program's name and the least level that is written: DEBUG, INFO, WARN or ERROR. */
extern void log_init(const char *program, const char *level);

/* The least level that is written: ask before you compose a costly line. */
extern LogLevel log_level(void);

/* Adds one line; below the least level it does nothing. Never fails: what cannot be written is lost. */
extern void log_line(LogLevel level, const char *message, ...) __attribute__((sentinel));

/* Writes what this thread has collected. */
extern void log_flush(void);

#endif							/* VEZA_LOG_H */
