/*
 * response_calls.c
 *		The head of an answer, for the statement of a route and for functions in
 *		other languages than C (see response.h).
 */
#include "../ground/refusal.h"
#include "../ground/response.h"

VZ_FUNCTION(response_head);
VZ_FUNCTION(set_status);
VZ_FUNCTION(set_header);
VZ_FUNCTION(set_cookie);
VZ_FUNCTION(set_file);

/* response_head returns what this statement's function said beyond its data, or NULL. */
Datum
response_head(PG_FUNCTION_ARGS)
{
	bool		isnull;
	Datum		result = vz_response_head(&isnull);

	if (isnull)
		PG_RETURN_NULL();
	return result;
}

/* set_status, set_header, set_cookie and set_file: the same for functions in other languages than C. */
Datum
set_status(PG_FUNCTION_ARGS)
{
	int			status = PG_GETARG_INT32(0);

	if (status < 200 || status > 299)
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "http_status",
								"must be 200 to 299; refusals raise"));
	vz_set_status(status);
	PG_RETURN_VOID();
}

/* header_argument returns a text without control characters: a header must not bring another one. */
static char *
header_argument(FunctionCallInfo fcinfo, int argno, const char *field)
{
	char	   *value = text_to_cstring(PG_GETARG_TEXT_PP(argno));

	for (char *p = value; *p != '\0'; p++)
		if ((unsigned char) *p < ' ' || *p == 0x7F)
			vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), field,
									"must not contain control characters"));
	return value;
}

Datum
set_header(PG_FUNCTION_ARGS)
{
	vz_set_header(header_argument(fcinfo, 0, "name"), header_argument(fcinfo, 1, "value"));
	PG_RETURN_VOID();
}

Datum
set_file(PG_FUNCTION_ARGS)
{
	vz_set_file(header_argument(fcinfo, 0, "type"), text_to_cstring(PG_GETARG_TEXT_PP(1)), header_argument(fcinfo, 2, "suffix"));
	PG_RETURN_VOID();
}

Datum
set_cookie(PG_FUNCTION_ARGS)
{
	vz_set_cookie(header_argument(fcinfo, 0, "name"), header_argument(fcinfo, 1, "value"),
				  header_argument(fcinfo, 2, "path"), PG_GETARG_INT64(3));
	PG_RETURN_VOID();
}
