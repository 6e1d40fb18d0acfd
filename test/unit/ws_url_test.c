/*
 * ws_url_test.c
 *		The WebSocket address of a server.
 */
#include "../../extension/src/chat/ws_url.h"
#include "tap.h"

/* main runs the tests. */
int
main(void)
{
	static const char *const cases[][2] = {
		{"http://localhost:8081", "ws://localhost:8081/ws"}, {"https://chat.example", "wss://chat.example/ws"},
		{"ws://h:1", "ws://h:1/ws"}, {"wss://h", "wss://h/ws"}, {"HTTPS://h/", "wss://h/ws"},
		{"https://h/path?query#fragment", "wss://h/ws"}, {"http://[::1]:80", "ws://[::1]:80/ws"},
		{"http://user:pass@h:1", "ws://h:1/ws"}, {"http://user:p@ss@h", "ws://h/ws"}, {"http://h/a@b", "ws://h/ws"},
		{"", ""}, {"localhost:8081", ""}, {"http://", ""}, {"http:///ws", ""}, {"http://u@", ""}, {"http://:80", ""},
		{"ftp://h", ""}, {"http:/h", ""},
	};
	char		out[300];
	char		address[400];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		bool		good = vz_ws_url(cases[i][0], out, sizeof(out));

		is_text(out, cases[i][1], "'%s'", cases[i][0]);
		each(good == (cases[i][1][0] != '\0'), "'%s' is answered wrongly", cases[i][0]);
	}
	all("the answer says whether there is one");
	snprintf(address, sizeof(address), "http://%0300d", 0);
	ok(!vz_ws_url(address, out, sizeof(out)) && out[0] == '\0', "a host that is too long");
	ok(!vz_ws_url("http://host", out, 12) && out[0] == '\0', "one that does not fit");
	ok(vz_ws_url("http://host", out, 13), "one that just fits");
	return done_testing();
}
