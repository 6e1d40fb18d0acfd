/*
 * arguments.c
 *		Arguments that must be there (see arguments.h).
 */
#include "arguments.h"

void
vz_require_arguments(FunctionCallInfo fcinfo, int n, const char *const *names)
{
	VzRefusal  *wrong = NULL;

	for (int i = 0; i < n; i++)
		if (names[i] != NULL && PG_ARGISNULL(i))
		{
			if (wrong == NULL)
				wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
			vz_field_error(wrong, names[i], "is missing");
		}
	vz_raise_if(wrong);
}

char *
vz_reason_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	char	   *reason = PG_ARGISNULL(argno) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(argno));

	if (strspn(reason, " \t\r\n") == strlen(reason))
		vz_field_error(wrong, "reason", "must say why");
	return reason;
}

char *
vz_text_argument(FunctionCallInfo fcinfo, int argno)
{
	char	   *trimmed;
	size_t		len;

	if (PG_ARGISNULL(argno))
		return NULL;
	trimmed = text_to_cstring(PG_GETARG_TEXT_PP(argno));
	trimmed += strspn(trimmed, " \t\r\n");
	for (len = strlen(trimmed); len > 0 && strchr(" \t\r\n", trimmed[len - 1]) != NULL; len--)
		trimmed[len - 1] = '\0';
	return trimmed;
}

char *
vz_lower(char *text)
{
	for (char *p = text; p != NULL && *p != '\0'; p++)
		*p = (char) pg_ascii_tolower((unsigned char) *p);
	return text;
}
