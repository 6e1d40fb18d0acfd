/*
 * stored_settings.c
 *		Settings that come from the environment and are rules of the extension (see
 *		stored_settings.h). Which they are says the list of variables.
 */
#include "stored_settings.h"

#include "../base/log.h"
#include "../config/config.h"
#include "../database/ask.h"

void
stored_settings_put(PGconn *conn)
{
	char		buf[CONFIG_STORED_MAX];

	for (int id = 0; id < CONFIG_COUNT; id++)
	{
		const char *values[2] = {config_stored_name((ConfigId) id), config_stored_value((ConfigId) id, buf, sizeof(buf))};
		PGresult   *r;

		if (values[1] == NULL)
			continue;
		r = ask(conn, "select veza.configure($1, $2)", 2, values, LOAD_MS);
		if (PQresultStatus(r) != PGRES_TUPLES_OK)
			log_line(LOG_ERROR, "a setting could not be stored", "setting", values[0],
					 "error", PQresultErrorMessage(r), NULL);
		PQclear(r);
	}
}
