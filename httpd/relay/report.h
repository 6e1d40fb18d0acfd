/*
 * report.h
 *		Telling the database what became of an effect: the outcome goes in, as
 *		veza.finish_effect takes it. In the thread of the connection.
 */
#ifndef VEZA_REPORT_H
#define VEZA_REPORT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct EffectReport
{
	const char *effect;
	const char *lease;
	const char *relay;			/* under whose name it was claimed */
	const char *word;			/* ok, refused, unknown or not_sent */
	long		http_status;	/* 0: there was none */
	const char *error_code;		/* these may be NULL, or empty, which is the same */
	const char *error_message;
	const char *facts;			/* JSON */
	const char *secret;			/* of whoever waits */
	int64_t		duration_ms;
} EffectReport;

/* Reports; false when the connection is lost. What the database refuses is dropped: its lease runs out. */
extern bool report_effect(PGconn *conn, const EffectReport *report);

#endif							/* VEZA_REPORT_H */
