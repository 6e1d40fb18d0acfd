/*
 * clock.c
 *		One clock and one place for settings (see clock.h).
 *
 * Settings are rows and not custom GUCs, because any SQL session can set a
 * custom GUC.
 */
#include "clock.h"

#include "query.h"
#include "refusal.h"

/* The settings that veza-httpd's configuration may set. */
static const char *const configurable[] = {"access_token_ttl", "session_ttl", "login_limit", "login_window",
"frontend_url", "bypass_creator_role", "chat_server_url"};

static VzStmt set_setting = VZ_STMT(
	"update veza_data.setting set value = $2 where name = $1 and value <> $2", TEXTOID, TEXTOID);

VZ_FUNCTION(configure);

static VzStmt find_setting = VZ_STMT(
	"select value from veza_data.setting where name = $1", TEXTOID);

char *
vz_setting_text(const char *name)
{
	VzRow		row;

	if (!vz_query_row(&find_setting, VZ_ARGS(vz_arg_text(name)), &row))
		vz_raise(vz_fact(vz_refusal(VZ_E_SETTING_INVALID), "setting", name));
	return vz_row_text(&row, "value");
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
		vz_raise(vz_fact(vz_fact(vz_refusal(VZ_E_SETTING_INVALID), "setting", name), "value", text));
	return value;
}

TimestampTz
vz_time_plus(TimestampTz t, int64 seconds)
{
	return t + seconds * USECS_PER_SEC;
}

TimestampTz
vz_now(void)
{
	return vz_time_plus(GetCurrentTransactionStartTimestamp(), vz_setting_int("clock_offset"));
}

/* configure stores a setting that veza-httpd takes from its environment. */
Datum
configure(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));

	for (int i = 0; i < (int) lengthof(configurable); i++)
		if (strcmp(configurable[i], name) == 0)
		{
			vz_execute(&set_setting, VZ_ARGS(vz_arg_text(name), vz_arg_datum(PG_GETARG_DATUM(1), false)));
			if (strstr(name, "_url") == NULL)
				(void) vz_setting_int(name);
			PG_RETURN_VOID();
		}
	vz_raise(vz_fact(vz_refusal(VZ_E_SETTING_INVALID), "setting", name));
}
