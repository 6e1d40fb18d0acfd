/*
 * playlist_file_test.c
 *		Playlists as files: what is read of them, and that what is written is read again.
 */
#include <stdlib.h>

#include "../../extension/src/playlist/file_text.h"
#include "../../extension/src/playlist/playlist_formats.h"
#include "../../extension/src/playlist/reference.h"
#include "tap.h"

static char seen[4000];

/* note is the visitor that writes what it sees as one line: line|location|title|artist|album|ms|identifiers. */
static void
note(const VzFileTrack *t, void *state)
{
	size_t		used = strlen(seen);

	(void) state;
	used += (size_t) snprintf(seen + used, sizeof(seen) - used, "%s%d|%s|%s|%s|%s|%d", used ? "\n" : "", t->line,
							  t->location ? t->location : "-", t->title ? t->title : "-", t->artist ? t->artist : "-",
							  t->album ? t->album : "-", (int) t->duration_ms);
	for (int i = 0; i < t->nidentifiers; i++)
		used += (size_t) snprintf(seen + used, sizeof(seen) - used, "|%s", t->identifiers[i]);
}

/* reads reads the text in the format that it looks like, and tests what was seen. */
static void
reads(const char *text, const char *title, const char *wanted, const char *what)
{
	char	   *copy = strdup(text);
	VzFileReading r = {.visit = note};
	VzFileProblem problem;

	seen[0] = '\0';
	problem = vz_playlist_format_of(copy)->read(copy, &r);
	is_number(problem, VZ_FILE_FINE, "%s: it is read", what);
	is_text(seen, wanted, "%s: its tracks", what);
	is_text(r.title, title, "%s: its title", what);
	free(copy);
}

/* refuses tests that the text has this problem, in this line. */
static void
refuses(const char *text, VzFileProblem wanted, int line, const char *what)
{
	char	   *copy = strdup(text);
	VzFileReading r = {.visit = note};

	seen[0] = '\0';
	is_number(vz_playlist_format_of(copy)->read(copy, &r), wanted, "%s is refused", what);
	is_number(r.line, line, "%s: in that line", what);
	free(copy);
}

/* survives writes a playlist in the format and tests that it is read as it was. */
static void
survives(const char *name, const char *wanted)
{
	static const VzFileTrack tracks[] = {
		{.location = "/api/v1/tracks/0b0e9dd0-0000-4000-8000-000000000001/stream", .identifiers = {"urn:isrc:FRZ039800212"},
			.nidentifiers = 1, .title = "\xC3\x89t\xC3\xA9 <&> \"]]>", .artist = "A - B", .album = "C\\D", .duration_ms = 61000},
		{.location = "x", .title = "T", .artist = "S", .duration_ms = -1},
	};
	const VzPlaylistFormat *format = vz_playlist_format(name);
	char		text[4000];
	char	   *p = text;
	VzFileReading r = {.visit = note};

	p += format->head("P & Q", p);
	for (int i = 0; i < 2; i++)
	{
		size_t		n = format->track(&tracks[i], i, p);

		ok(n <= vz_file_track_room(&tracks[i]), "%s: a track needs no more room than is said", name);
		p += n;
	}
	p += format->foot(p);
	*p = '\0';
	ok(vz_playlist_format_of(text) == format, "%s: what is written looks like it", name);
	seen[0] = '\0';
	is_number(format->read(text, &r), VZ_FILE_FINE, "%s: and is read", name);
	is_text(seen, wanted, "%s: with the same tracks", name);
	is_text(r.title, "P & Q", "%s: and the same title", name);
}

/* test_lines tests lists of lines as they are found. */
static void
test_lines(void)
{
	reads("#EXTM3U\n#PLAYLIST: Mix \n#EXTINF:123,Artist - Title\na.mp3\n", "Mix", "4|a.mp3|Title|Artist|-|123000", "a plain "
			"list");
	reads("\xEF\xBB\xBF#EXTM3U\r\n#EXTINF:1,B - C\r\n..\\x\\a.mp3\r\n", NULL, "3|..\\x\\a.mp3|C|B|-|1000", "BOM, CR LF, "
			"backslashes");
	reads("a\rb\r\rc", NULL, "1|a|a|-|-|-1\n2|b|b|-|-|-1\n4|c|c|-|-|-1", "CR alone, no final end of line, no #EXTM3U");
	reads("../../etc/passwd\n/a/03 - \xC3\x89t\xC3\xA9 - Nord.flac\n", NULL,
		  "1|../../etc/passwd|passwd|-|-|-1\n2|/a/03 - \xC3\x89t\xC3\xA9 - Nord.flac|Nord|\xC3\x89t\xC3\xA9|-|-1", "names "
		  "of files");
	reads("http://h/a%20-%20b.mp3?x=/y\nhttp://h/%FF.mp3\n%00\n", NULL,
		  "1|http://h/a%20-%20b.mp3?x=/y|b|a|-|-1\n2|http://h/%FF.mp3|-|-|-|-1\n3|%00|-|-|-|-1", "addresses, and bytes that "
		  "are no text");
	reads("#EXTINF:-1 tvg-id=\"a,b\" x=\"c\",D, E - F\nx\n", NULL, "2|x|F|D, E|-|-1", "attributes with commas");
	reads("#extinf:12.75,T\n#EXTART:A\n#EXTALB:L\n#what else\n\n\nx\n", NULL, "7|x|T|A|L|12750", "artist and album by "
			"themselves");
	reads("#EXTINF:99999999999999999999,T\nx\n#EXTINF:,\ny\n#EXTINF\nz", NULL, "2|x|T|-|-|-1\n4|y|y|-|-|-1\n6|z|z|-|-|-1",
			"numbers that are none");
	reads("", NULL, "", "nothing");
}

/* test_xml tests XSPF. */
static void
test_xml(void)
{
	reads("\xEF\xBB\xBF<?xml version='1.0'?>\n<!-- c --><playlist version=\"1\" "
			"xmlns='u'><title>M&amp;M</title>\r\n<trackList>\r\n<track>"
		  "<location>file:///a%20b</location><identifier>i1</identifier><identifier> i2 </identifier><creator>A</creator>"
		  "<title>x &#233;&#x20AC; &lt;b&gt;</title><album/><duration>1234</duration><meta rel='x'>no</meta></track>\n"
		  "</trackList></playlist>\n", "M&M", "4|file:///a%20b|x \xC3\xA9\xE2\x82\xAC <b>|A|-|1234|i1|i2", "XSPF");
	reads("<p:playlist><p:trackList><p:track><p:title><![CDATA[a<b]]> &eacute; & "
			"c</p:title></p:track><track/></p:trackList></p:playlist>",
		  NULL, "1|-|a<b &eacute; & c|-|-|-1\n1|-|-|-|-|-1", "prefixes, CDATA, references that nobody has declared");
	reads("<playlist><track><title>no</title></track><trackList><track><extension><title>no</title></extension>"
		  "<title>a<i>b</i>c</title><title>second</title></track></trackList></playlist>", NULL, "1|-|abc|-|-|-1", "titles "
		  "elsewhere");
	reads("<playlist><trackList><track><title>&#0;&#xD800;&#x110000;&#99999999999;</title></track></trackList></playlist>", NULL,
		  "1|-|\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD|-|-|-1", "what is no character");
	refuses("<?xml version='1.0'?>\n<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY l2 "
			"\"&lol;&lol;\">]>\n<playlist>&l2;</playlist>",
			VZ_FILE_DOCTYPE, 2, "a bomb of entities");
	refuses("<!DOCTYPE p SYSTEM \"file:///etc/passwd\"><playlist/>", VZ_FILE_DOCTYPE, 1, "a file as an entity");
	refuses("<rss/>", VZ_FILE_UNKNOWN, 1, "another document");
	refuses("<playlist>\n<trackList>\n<track></trackList></playlist>", VZ_FILE_MALFORMED, 3, "an end without a beginning");
	refuses("<playlist><trackList>", VZ_FILE_MALFORMED, 1, "a document that breaks off");
	refuses("<playlist></playlist><playlist/>", VZ_FILE_MALFORMED, 1, "two documents");
	refuses("<playlist a=b></playlist>", VZ_FILE_MALFORMED, 1, "an attribute without quotation marks");
	refuses("<playlist/>x", VZ_FILE_MALFORMED, 1, "words behind the end");
}

/* test_json tests JSPF. */
static void
test_json(void)
{
	reads("{\"x\":[1,{\"playlist\":2}],\"playlist\":{\"title\":\" M \",\n\"track\":[\n{\"location\":[\"a\",\"b\"],"
			"\"identifier\":[\"i\",7,\"j\"],"
		  "\"title\":\"x\\u00e9\\n\\u0000\",\"creator\":\"A\",\"album\":null,\"duration\":1234.0,"
		  "\"extension\":{\"title\":\"no\"}},\n"
		  "{\"location\":\"c\",\"identifier\":\"k\",\"title\":5,\"duration\":\"77\"}, 3]}}", "M",
		  "3|a|x\xC3\xA9\n\xEF\xBF\xBD|A|-|1234|i|j\n4|c|-|-|-|77|k", "JSPF");
	refuses("{\"playlist\":{}}", VZ_FILE_UNKNOWN, 1, "a document without a list");
	refuses("{\"playlist\":{\"track\":[\n{\"title\":\"a\" \"b\"}]}}", VZ_FILE_MALFORMED, 2, "what is no JSON");
	refuses("{\"playlist\":{\"track\":[]}} x", VZ_FILE_MALFORMED, 1, "words behind the end");
	refuses("{\"playlist\":", VZ_FILE_MALFORMED, 1, "a document that breaks off");
}

/* test_length tests that no text shows more tracks than a playlist has. */
static void
test_length(void)
{
	char	   *text = malloc(2 * VZ_FILE_TRACKS_MAX + 3);
	VzFileReading r = {.visit = note};

	for (int i = 0; i <= VZ_FILE_TRACKS_MAX; i++)
		memcpy(text + (size_t) (2 * i), "x\n", 3);
	is_number(vz_m3u8_read(text, &r), VZ_FILE_TOO_LONG, "one track too many is refused");
	is_number(r.line, VZ_FILE_TRACKS_MAX + 1, "in its line");
	is_number(r.ntracks, VZ_FILE_TRACKS_MAX, "and is not shown");
	free(text);
}

/* test_references tests which track is meant. */
static void
test_references(void)
{
#define ID "0b0e9dd0-0000-4000-8000-000000000001"
	static const struct
	{
		const char *uri;
		VzReferenceKind kind;
		const char *value;
	}			references[] = {
		{"/api/v1/tracks/" ID "/stream", VZ_REFERENCE_TRACK, ID},
		{"https://h/api/v1/tracks/" ID "?x=1", VZ_REFERENCE_TRACK, ID},
		{"https://h/tracks/" ID, VZ_REFERENCE_TRACK, ID},
		{"tracks/" ID ".mp3", VZ_REFERENCE_TRACK, ID},
		{"urn:uuid:" ID, VZ_REFERENCE_TRACK, ID},
		{"http://h/x?u=/tracks/" ID, VZ_REFERENCE_NONE, ""},
		{"http://h/mytracks/" ID, VZ_REFERENCE_NONE, ""},
		{"http://h/tracks/" ID "0", VZ_REFERENCE_NONE, ""},
		{"URN:ISRC:fr-z03-98-00212", VZ_REFERENCE_ISRC, "FRZ039800212"},
		{"isrc:FRZ039800212", VZ_REFERENCE_ISRC, "FRZ039800212"},
		{"isrc:12", VZ_REFERENCE_NONE, ""},
		{"sha256:ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789", VZ_REFERENCE_HASH,
		"abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"},
		{"sha256:AB", VZ_REFERENCE_NONE, ""},
		{"", VZ_REFERENCE_NONE, ""},
	};
	char		value[VZ_REFERENCE_SIZE];

	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++)
	{
		is_number(vz_reference_read(references[i].uri, value), references[i].kind, "what '%s' is", references[i].uri);
		if (references[i].kind != VZ_REFERENCE_NONE)
			is_text(value, references[i].value, "and what it says");
	}
}

int
main(void)
{
	test_lines();
	test_xml();
	test_json();
	test_length();
	test_references();
	survives("m3u8", "6|/api/v1/tracks/0b0e9dd0-0000-4000-8000-000000000001/stream|\xC3\x89t\xC3\xA9 <&> \"]]>|A - B|C\\D|61000\n"
			 "8|x|T|S|-|-1");
	survives("xspf", "5|/api/v1/tracks/0b0e9dd0-0000-4000-8000-000000000001/stream|\xC3\x89t\xC3\xA9 <&> \"]]>|A - "
			"B|C\\D|61000|urn:isrc:FRZ039800212\n"
			 "6|x|T|S|-|-1");
	survives("jspf", "2|/api/v1/tracks/0b0e9dd0-0000-4000-8000-000000000001/stream|\xC3\x89t\xC3\xA9 <&> \"]]>|A - "
			"B|C\\D|61000|urn:isrc:FRZ039800212\n"
			 "3|x|T|S|-|-1");
	ok(vz_playlist_format("m3u") == vz_playlist_format("m3u8"), "m3u is m3u8");
	ok(vz_playlist_format("pls") == NULL, "what is no format");
	return done_testing();
}
