/*
 * error_catalogue.c
 *		The catalogue of errors.h as an array; shared with veza-httpd, so no
 *		server header is included here.
 */
#include "errors.h"

const VzErrorInfo vz_error_info[VZ_ERROR_COUNT] = {
#define VZ_ERROR(symbol, sqlstate, http, message, hint, psql_hint) \
	{#symbol, sqlstate, http, message, hint, psql_hint},
	VZ_ERROR_CATALOGUE(VZ_ERROR)
#undef VZ_ERROR
};
