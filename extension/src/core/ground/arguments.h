/*
 * arguments.h
 *		Arguments of SQL functions that may be NULL although the rule needs
 *		them: the call goes in; the value comes out, or a field error.
 */
#ifndef VEZA_ARGUMENTS_H
#define VEZA_ARGUMENTS_H

#include "compat.h"
#include "refusal.h"

/*
 * vz_require_arguments raises VALIDATION_ERROR naming every one of the first n
 * arguments that is NULL; a NULL among the names stands for one that may be.
 */
extern void vz_require_arguments(FunctionCallInfo fcinfo, int n, const char *const *names);

#define VZ_REQUIRE_ARGUMENTS(...) \
	vz_require_arguments(fcinfo, lengthof(((const char *const[]) {__VA_ARGS__})), \
						 (const char *const[]) {__VA_ARGS__})

/*
 * vz_reason_argument returns the text argument that says why an operator does
 * something; an empty or missing one becomes a field error of wrong.
 */
extern char *vz_reason_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong);

/* Returns a text argument without blanks around it, or NULL. */
extern char *vz_text_argument(FunctionCallInfo fcinfo, int argno);

/* Makes the ASCII letters of a text lower case, in place; returns it. NULL stays NULL. */
extern char *vz_lower(char *text);

#endif							/* VEZA_ARGUMENTS_H */
