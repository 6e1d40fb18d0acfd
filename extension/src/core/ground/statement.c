/*
 * statement.c
 *		Arguments of statements (see statement.h).
 */
#include "statement.h"

VzArg
vz_arg_datum(Datum value, bool isnull)
{
	VzArg		arg = {value, isnull};

	return arg;
}

VzArg
vz_arg_uuid(const pg_uuid_t *value)
{
	return vz_arg_datum(UUIDPGetDatum(value), value == NULL);
}

VzArg
vz_arg_text(const char *value)
{
	return vz_arg_datum(value ? CStringGetTextDatum(value) : (Datum) 0, value == NULL);
}

VzArg
vz_arg_bytes(const void *data, size_t len)
{
	bytea	   *b = palloc(VARHDRSZ + len);

	SET_VARSIZE(b, VARHDRSZ + len);
	memcpy(VARDATA(b), data, len);
	return vz_arg_datum(PointerGetDatum(b), false);
}

VzArg
vz_arg_int4(int32 value)
{
	return vz_arg_datum(Int32GetDatum(value), false);
}

VzArg
vz_arg_int8(int64 value)
{
	return vz_arg_datum(Int64GetDatum(value), false);
}

VzArg
vz_arg_bool(bool value)
{
	return vz_arg_datum(BoolGetDatum(value), false);
}

VzArg
vz_arg_time(TimestampTz value)
{
	return vz_arg_datum(TimestampTzGetDatum(value), value == 0);
}

VzArg
vz_arg_jsonb(const char *json)
{
	if (json == NULL)
		return vz_arg_null();
	return vz_arg_datum(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)), false);
}
