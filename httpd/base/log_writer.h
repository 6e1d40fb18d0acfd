/*
 * log_writer.h
 *		The thread that writes the log, and its bounded buffer; used by log.c only.
 */
#ifndef VEZA_LOG_WRITER_H
#define VEZA_LOG_WRITER_H

#include <stddef.h>
#include <stdint.h>

/* Makes the line that tells of lost ones; returns its length. */
typedef size_t (*LogLoss) (uint64_t lost, char *out, size_t size);

/* Starts the thread, the first time it is called. */
extern void log_writer_start(LogLoss tell_loss);

/* Takes whole lines over, or counts them as lost when they do not fit. Never waits for who reads them. */
extern void log_writer_take(const char *lines, size_t len, unsigned int nlines);

/* Waits until everything is written, but no longer than that. */
extern void log_writer_drain(int timeout_ms);

/* Lines that were lost so far. */
extern uint64_t log_writer_dropped(void);

#endif							/* VEZA_LOG_WRITER_H */
