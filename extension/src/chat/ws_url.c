/*
 * ws_url.c
 *		The WebSocket address of a server (see ws_url.h).
 */
#include "ws_url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool
vz_ws_url(const char *address, char *out, size_t size)
{
	static const char *const schemes[][2] = {{"http://", "ws"}, {"https://", "wss"}, {"ws://", "ws"}, {"wss://", "wss"}};

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
	{
		size_t		scheme_len = strlen(schemes[i][0]);
		const char *host = address + scheme_len;
		size_t		len;
		int			n;

		if (strncasecmp(address, schemes[i][0], scheme_len) != 0)
			continue;
		len = strcspn(host, "/?#");
		for (size_t at = len; at > 0; at--)
			if (host[at - 1] == '@')
			{
				host += at;
				len -= at;
				break;
			}
		n = len == 0 || len > 255 || host[0] == ':' ? -1
			: snprintf(out, size, "%s://%.*s/ws", schemes[i][1], (int) len, host);
		if (n > 0 && (size_t) n < size)
			return true;
		out[0] = '\0';
		return false;
	}
	return false;
}
