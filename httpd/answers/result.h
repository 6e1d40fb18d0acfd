/*
 * result.h
 *		The answer to a statement: what PostgreSQL has said goes in; the envelope,
 *		headers, cookies and tokens that its head asks for come out. In the loop's
 *		thread.
 */
#ifndef VEZA_RESULT_H
#define VEZA_RESULT_H

#include "refuse.h"

/* Answers what the database said: data, a refusal as a value, or an error. */
extern Reply reply_result(const Route *route, const PGresult *result, const Reader *reader);

#endif							/* VEZA_RESULT_H */
