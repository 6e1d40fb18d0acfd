/*
 * stored_settings.c
 *		Settings that come from the environment and are rules of the extension (see stored_settings.h).
 */
#include "stored_settings.h"

#include <stdio.h>

#include "../base/log.h"
#include "../config/config.h"
#include "../config/service_url.h"
#include "../database/ask.h"

void
stored_settings_put(PGconn *conn)
{
	static const struct
	{
		ConfigId	id;
		const char *setting;
		int			unit;			/* what one unit of the variable's number is in the setting's; 0: a text */
		bool		is_divided;
	}			map[] = {
		{CONFIG_JWT_ACCESS_TTL, "access_token_ttl", 1000, true},
		{CONFIG_JWT_REFRESH_TTL, "session_ttl", 1000, true},
		{CONFIG_AUTH_RATE_LIMIT_LOGIN_ATTEMPTS, "login_limit", 1, false},
		{CONFIG_AUTH_RATE_LIMIT_LOGIN_WINDOW, "login_window", 60, false},
		{CONFIG_BYPASS_CONTENT_CREATOR_ROLE, "bypass_creator_role", 1, false},
		{CONFIG_FRONTEND_URL, "frontend_url", 0, false},
		{CONFIG_CHAT_SERVER_URL, "chat_server_url", 0, false}
	};
	char		number[32];
	char		chat_server[300];

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
	{
		const char *values[2] = {map[i].setting, map[i].unit > 0 ? number : config_text(map[i].id)};
		PGresult   *r;
		int64_t		n;

		if (!config_is_set(map[i].id))
			continue;
		/* A password in the address is not for the table. */
		if (map[i].id == CONFIG_CHAT_SERVER_URL)
		{
			service_url_origin(config_text(map[i].id), chat_server, sizeof(chat_server));
			values[1] = chat_server;
		}
		n = map[i].unit > 0 ? config_int(map[i].id) : 0;
		if (config_bool(CONFIG_DISABLE_RATE_LIMIT_FOR_TESTS) && map[i].id == CONFIG_AUTH_RATE_LIMIT_LOGIN_ATTEMPTS)
			n = 0;
		snprintf(number, sizeof(number), "%lld", (long long) (map[i].is_divided ? n / map[i].unit : n * map[i].unit));
		r = ask(conn, "select veza.configure($1, $2)", 2, values, LOAD_MS);
		if (PQresultStatus(r) != PGRES_TUPLES_OK)
			log_line(LOG_ERROR, "a setting could not be stored", "setting", map[i].setting,
					 "error", PQresultErrorMessage(r), NULL);
		PQclear(r);
	}
}
