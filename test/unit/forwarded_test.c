/*
 * forwarded_test.c
 *		Addresses of clients behind proxies, and who is a trusted one.
 */
#include <stdlib.h>

#include "../../httpd/wire/forwarded.h"
#include "tap.h"

static Networks trusted;
static HttpHeader headers[8];
static size_t nheaders;

/* trust makes these the trusted proxies. */
static void
trust(const char *list)
{
	networks_free(&trusted);
	each(networks_parse(list, &trusted, NULL), "%s", tap_shown(list));
}

/* client returns the client's address for this peer and these headers, which a NULL ends. */
static const char *
client(const char *peer, const char *value, const char *value2)
{
	static char out[ADDRESS_SIZE];
	HttpHead	head = {"GET", "/", "HTTP/1.1", headers, 0};

	nheaders = 0;
	headers[nheaders++] = (HttpHeader) {"Host", 4, "x", 1};
	if (value != NULL)
		headers[nheaders++] = (HttpHeader) {"X-Forwarded-For", 15, value, strlen(value)};
	headers[nheaders++] = (HttpHeader) {"X-Forwarded-Fo", 14, "6.6.6.6", 7};
	if (value2 != NULL)
		headers[nheaders++] = (HttpHeader) {"x-forwarded-for", 15, value2, strlen(value2)};
	head.nheaders = nheaders;
	memset(out, 'x', sizeof(out));
	forwarded_client(&trusted, peer, &head, out);
	return out;
}

/* test_untrusted: nobody else's word counts. */
static void
test_untrusted(void)
{
	trust(NULL);
	is_text(client("192.0.2.7", "1.2.3.4", NULL), "192.0.2.7", "without proxies the header says nothing");
	trust("10.0.0.1, 10.0.0.2");
	is_text(client("192.0.2.7", "1.2.3.4", NULL), "192.0.2.7", "from a stranger neither");
	is_text(client("10.0.0.3", "1.2.3.4", NULL), "10.0.0.3", "nor from a neighbour of a proxy");
	is_text(client("unknown", "1.2.3.4", NULL), "unknown", "nor from who has no address");
}

/* test_hops: from the right, behind the last trusted hop. */
static void
test_hops(void)
{
	trust("10.0.0.0/8 2001:db8:ffff::/48,127.0.0.1");
	is_text(client("10.0.0.1", NULL, NULL), "10.0.0.1", "a proxy's own request");
	is_text(client("10.0.0.1", "1.2.3.4", NULL), "1.2.3.4", "its client");
	is_text(client("10.0.0.1", "6.6.6.6, 1.2.3.4", NULL), "1.2.3.4", "not what the client has claimed");
	is_text(client("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.9.8.7", NULL), "1.2.3.4", "behind a second proxy");
	is_text(client("10.0.0.1", "6.6.6.6", "1.2.3.4,10.9.8.7"), "1.2.3.4", "two headers are one list");
	is_text(client("10.0.0.1", "6.6.6.6, 1.2.3.4", "10.9.8.7"), "1.2.3.4", "in their order");
	is_text(client("10.0.0.1", "10.1.1.1, 10.2.2.2", NULL), "10.1.1.1", "all trusted: the first of them");
	is_text(client("10.0.0.1", ",, 1.2.3.4 ,\t,", NULL), "1.2.3.4", "empty entries do not count");
	is_text(client("10.0.0.1", "", ""), "10.0.0.1", "nor empty headers");
	is_text(client("2001:db8:ffff:1::5", "2001:DB8:0:0::1", NULL), "2001:db8::1", "IPv6, in its usual form");
	is_text(client("::ffff:10.0.0.1", "::ffff:1.2.3.4", NULL), "1.2.3.4", "IPv4 in IPv6 form is IPv4");
	is_text(client("fe80::1%eth0", "1.2.3.4", NULL), "fe80::1", "an address with its interface");
}

/* test_ports: some proxies add a port. */
static void
test_ports(void)
{
	trust("10.0.0.1");
	is_text(client("10.0.0.1", "1.2.3.4:5678", NULL), "1.2.3.4", "IPv4 with a port");
	is_text(client("10.0.0.1", "[2001:db8::1]:443", NULL), "2001:db8::1", "IPv6 with a port");
	is_text(client("10.0.0.1", "[2001:db8::1]", NULL), "2001:db8::1", "IPv6 in brackets");
}

/* test_garbage: where it stops making sense, the last hop that did counts. */
static void
test_garbage(void)
{
	static const char *const bad[] = {"unknown", "1.2.3", "1.2.3.4.5", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:123456", "300.1.1.1",
		"01.2.3.4", "1.2.3.4 5", "[1.2.3.4]", "[2001:db8::1", "2001:db8::1]", "[2001:db8::1]x", "[]", ":", "2001:db8::1:99999",
	"1.2.3.4/8", "_hidden", "\"1.2.3.4\"", "for=1.2.3.4", "0x7f.1", "::1%eth0",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	char		list[256];

	trust("10.0.0.0/8");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		snprintf(list, sizeof(list), "6.6.6.6, %s", bad[i]);
		each(strcmp(client("10.0.0.1", list, NULL), "10.0.0.1") == 0, "%s: %s", bad[i], client("10.0.0.1", list, NULL));
		snprintf(list, sizeof(list), "6.6.6.6, %s, 10.5.5.5", bad[i]);
		each(strcmp(client("10.0.0.1", list, NULL), "10.5.5.5") == 0, "%s behind a proxy", bad[i]);
	}
	all("what is no address is believed nothing, nor what stands before it");
}

/* test_networks: addresses and ranges, to the bit. */
static void
test_networks(void)
{
	static const char *const bad[] = {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0/8", "/8",
	"proxy.example",
	"2001:db8::/129", "10.0.0.0/0000", "1.2.3.4:80", "10.0.0.1;10.0.0.2", "*"};
	static const struct
	{
		const char *list;
		const char *address;
		bool		is_in;
	}			cases[] = {
		{"10.0.0.0/8", "10.255.255.255", true}, {"10.0.0.0/8", "11.0.0.0", false}, {"10.1.2.3/9", "10.127.0.1", true},
		{"10.1.2.3/9", "10.128.0.1", false}, {"192.0.2.4/30", "192.0.2.7", true}, {"192.0.2.4/30", "192.0.2.8", false},
		{"192.0.2.4/32", "192.0.2.4", true}, {"192.0.2.4/32", "192.0.2.5", false}, {"0.0.0.0/0", "9.9.9.9", true},
		{"0.0.0.0/0", "::1", false}, {"::/0", "2001:db8::1", true}, {"::/0", "1.2.3.4", false}, {"::ffff:0:0/96",
		"1.2.3.4", true},
		{"2001:db8::/33", "2001:db8:7fff::1", true}, {"2001:db8::/33", "2001:db8:8000::1", false}, {"::1", "::1", true},
		{"127.0.0.1", "::ffff:127.0.0.1", true}, {"127.0.0.1", "127.0.0.11", false}, {"127.0.0.11", "127.0.0.1", false},
		{"1.1.1.1 2.2.2.2,3.3.3.3", "3.3.3.3", true}, {" , ,", "3.3.3.3", false}, {"1.1.1.1", "nonsense", false},
		{"1.1.1.1", "", false}
	};
	Networks	n;
	const char *where;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		each(networks_parse(cases[i].list, &n, NULL), "%s", cases[i].list);
		each(networks_have(&n, cases[i].address) == cases[i].is_in, "%s in %s", cases[i].address, cases[i].list);
		networks_free(&n);
	}
	all("who is in which network");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		char		list[128];

		snprintf(list, sizeof(list), "10.0.0.1, %s ,10.0.0.2", bad[i]);
		each(!networks_parse(list, &n, &where) && where == list + strlen("10.0.0.1, "), "%s", bad[i]);
	}
	all("an entry that is none is found");
}

/* test_groups: what is counted together. */
static void
test_groups(void)
{
	static const char *const cases[][2] = {{"1.2.3.4", "1.2.3.4"}, {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
	{"2001:db8:1:2::1", "2001:db8:1:2::/64"}, {"2001:db8:1:3::1", "2001:db8:1:3::/64"}, {"::1", "::/64"}, {"unknown",
	"unknown"}, {"", ""},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::/64"}};
	char		out[ADDRESS_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		address_group(cases[i][0], out);
		each(strcmp(out, cases[i][1]) == 0, "%s: %s", cases[i][0], out);
	}
	all("IPv6 counts by /64, all else by itself");
}

/* main runs the tests. */
int
main(void)
{
	test_untrusted();
	test_hops();
	test_ports();
	test_garbage();
	test_networks();
	test_groups();
	networks_free(&trusted);
	return done_testing();
}
