/*
 * clock.c
 *		One clock and one place for settings (see clock.h).
 *
 * Settings are rows and not custom GUCs, because any SQL session can set a
 * custom GUC.
 */
#include "clock.h"

#include "query.h"
#include "../settings.h"

static VzStmt find_setting = VZ_STMT(
	"select value from veza_data.setting where name = $1", TEXTOID);

/*
 * unusable raises an error that is none of our refusals: it is written to the
 * server log as it is, while a client over HTTP only learns that it is not its fault.
 */
static void VZ_NORETURN
unusable(const char *name, const char *value, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("setting %s has an unusable value", name),
			 errdetail("\"%s\" %s.", value, problem),
			 errhint("SELECT * FROM veza.setting shows what it may be; SELECT veza.set_setting('%s', value, reason); sets it.", name)));
}

/* stored_value reads a setting's row; without one the default stands, or NULL when there is none. */
static char *
stored_value(const char *name, const VzSetting *known)
{
	VzRow		row;

	if (vz_query_row(&find_setting, VZ_ARGS(vz_arg_text(name)), &row))
		return vz_row_text(&row, "value");
	return known ? pstrdup(known->default_value) : NULL;
}

char *
vz_setting_text(const char *name)
{
	const VzSetting *known = vz_setting_find(name);
	char	   *value = stored_value(name, known);
	const char *problem = NULL;
	int64		number;

	if (value == NULL)
		elog(ERROR, "there is no setting %s", name);
	if (known != NULL && (problem = vz_setting_fault(known, value, &number)) != NULL)
		unusable(name, value, problem);
	return value;
}

int64
vz_setting_int(const char *name)
{
	char	   *text = vz_setting_text(name);
	char	   *end;
	int64		value;

	errno = 0;
	value = strtoi64(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		unusable(name, text, "must be a whole number");
	return value;
}

TimestampTz
vz_time_plus(TimestampTz t, int64 seconds)
{
	return t + seconds * USECS_PER_SEC;
}

/* clock_offset is 0 when it cannot be read: nothing that repairs the setting may fail on it. */
static int64
clock_offset(void)
{
	const VzSetting *known = vz_setting_find("clock_offset");
	int64		seconds;

	return vz_setting_fault(known, stored_value("clock_offset", known), &seconds) == NULL ? seconds : 0;
}

TimestampTz
vz_now(void)
{
	return vz_time_plus(GetCurrentTransactionStartTimestamp(), clock_offset());
}
