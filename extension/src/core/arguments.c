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
