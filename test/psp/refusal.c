/*
 * refusal.c
 *	  Why a call is refused, in the words of the runtime.
 *
 * The published error schema is flat; what really travels is wrapped in
 * {"error":{...}}, and that is what is made here.
 */
#include "refusal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Fills in the refusal and returns false, so that a rule can end with it. */
bool
refuse(struct refusal *refusal, int http, const char *code, const char *format, ...)
{
	va_list		arguments;

	refusal->http = http;
	snprintf(refusal->code, sizeof(refusal->code), "%s", code);
	va_start(arguments, format);
	vsnprintf(refusal->message, sizeof(refusal->message), format, arguments);
	va_end(arguments);
	return false;
}

/* Returns the wrapped error body for a code. */
json_t *
refusal_body(const char *code, const char *message)
{
	const char *type = "invalid_request";

	if (strcmp(code, "HE_00") == 0)
		type = "api";
	else if (strncmp(code, "CE_", 3) == 0)
		type = "connector";
	return json_pack("{s:{s:s, s:s, s:s}}", "error", "type", type,
					 "message", message, "code", code);
}
