/*
 * audit_report.h
 *		The time that a report on the audit log is about.
 */
#ifndef VEZA_AUDIT_REPORT_H
#define VEZA_AUDIT_REPORT_H

#include "../core/ground/query.h"

/* From here, to there (not included). */
typedef struct VzPeriod
{
	TimestampTz from;
	TimestampTz to;
} VzPeriod;

/* Reads two arguments, date_from and date_to, of an administrator's report; without them it is about the last days. */
extern VzPeriod vz_period_arguments(FunctionCallInfo fcinfo, int argno, int days);

#endif							/* VEZA_AUDIT_REPORT_H */
