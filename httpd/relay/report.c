/*
 * report.c
 *		Telling the database what became of an effect (see report.h).
 */
#include "report.h"

#include <stdio.h>

#include "database.h"

/* text_or_null is NULL for an empty text. */
static const char *
text_or_null(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : NULL;
}

bool
report_effect(PGconn *conn, const EffectReport *report)
{
	char		status[24];
	char		duration[24];
	const char *values[10] = {report->effect, report->lease, report->relay, report->word,
		report->http_status ? status : NULL, text_or_null(report->error_code), text_or_null(report->error_message),
	report->facts, report->secret, duration};
	PGresult   *r;
	bool		is_done;

	snprintf(status, sizeof(status), "%ld", report->http_status);
	snprintf(duration, sizeof(duration), "%lld", (long long) report->duration_ms);
	r = database_call(conn, "select veza.finish_effect($1, $2, $3, $4, $5::int, $6, $7, $8, $9, $10::int)", 10, values);
	is_done = r != NULL || PQstatus(conn) == CONNECTION_OK;
	PQclear(r);
	return is_done;
}
