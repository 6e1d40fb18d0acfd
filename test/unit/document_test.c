/*
 * document_test.c
 *		What is reported of an analysis: what is known and typed is taken, and nothing else.
 */
#include <stdlib.h>

#include "../../httpd/work/document.h"
#include "tap.h"

static const Derived none = {0};

/* document returns the document of an answer as text; "none" when there is none. */
static const char *
document(const char *answer, const Derived *waveform, const Derived *cover)
{
	static char text[8192];
	const DocumentFiles files = {.waveform = waveform, .waveform_json = &none, .cover = cover};
	json_t	   *d = document_read(answer, strlen(answer), &files);
	char	   *dump = d ? json_dumps(d, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	snprintf(text, sizeof(text), "%s", dump ? dump : "none");
	free(dump);
	json_decref(d);
	return text;
}

#define EMPTY "\"loudness\":{},\"ok\":true,\"raw_tags\":[],\"tags\":{}}"

/* is_document checks what an answer comes to. */
static void
is_document(const char *answer, const char *want)
{
	is_text(document(answer, &none, &none), want, "%s", answer);
}

int
main(void)
{
	Derived		waveform = {.size = 10, .hash = "aa", .facts = {.type = "application/octet-stream"}};
	Derived		cover = {.size = 20, .hash = "bb", .facts = {.type = "image/png", .numbers = {{"image_width", 64},
		{"image_height", 48}}}};
	json_t	   *failure = document_failure("crashed", "killed by signal 11", true);
	char	   *dump = json_dumps(failure, JSON_COMPACT | JSON_SORT_KEYS);
	char		lengthy[5000];

	is_document("{\"ok\":true}", "{" EMPTY);
	is_document("{\"ok\":true,\"evil\":1,\"codec\":7,\"channels\":\"2\",\"bits\":null,\"duration_ms\":-1,\"sample_rate\":1e99}",
		"{" EMPTY);
	is_document("{\"ok\":true,\"codec\":\"pcm\",\"channels\":2,\"duration_ms\":1500}",
		"{\"channels\":2,\"codec\":\"pcm\",\"duration_ms\":1500," EMPTY);
	is_document("{\"ok\":true,\"pcm_sha256\":\"XX\"}", "{" EMPTY);
	is_document("{\"ok\":true,\"fingerprint\":[1,-2]}", "{\"fingerprint\":[1,-2]," EMPTY);
	is_document("{\"ok\":true,\"fingerprint\":[1,4294967296]}", "{" EMPTY);
	is_document("{\"ok\":true,\"fingerprint\":[1,\"x\"]}", "{" EMPTY);
	is_document("{\"ok\":true,\"fingerprint\":[]}", "{" EMPTY);
	is_document("{\"ok\":true,\"loudness_lufs\":-9.5,\"loudness_range_lu\":null,\"true_peak_dbtp\":5000}",
				"{\"loudness\":{\"integrated\":-9.5},\"ok\":true,\"raw_tags\":[],\"tags\":{}}");
	is_document("{\"ok\":true,\"tags\":{\"title\":\"A\","
				"\"artist\":\"\",\"bpm\":120.5,\"year\":0,\"track\":-3,\"genre\":{},\"x\":\"y\"}}",
				"{\"loudness\":{},\"ok\":true,\"raw_tags\":[],\"tags\":{\"bpm\":\"120.5\",\"title\":\"A\"}}");
	is_document("{\"ok\":true,\"raw_tags\":[[\"A\",\"b\"],[\"A\"],\"x\",[1,2],{\"a\":1}]}",
				"{\"loudness\":{},\"ok\":true,\"raw_tags\":[[\"A\",\"b\"]],\"tags\":{}}");
	is_document("{\"ok\":false,\"code\":\"truncated\",\"detail\":\"x\"}",
		"{\"code\":\"truncated\",\"detail\":\"x\",\"ok\":false,\"retry\":false}");
	is_document("{\"ok\":false,\"code\":\"DROP TABLE\"}", "none");
	is_document("{\"ok\":false}", "none");
	is_document("{\"ok\":1}", "none");
	is_document("{\"ok\":true,\"ok\":false}", "none");
	is_document("[]", "none");
	is_document("", "none");
	is_document("{\"ok\":true} more", "none");
	is_text(document("{\"ok\":true}", &waveform, &cover),
			"{\"cover\":{\"hash\":\"bb\","
			"\"height\":48,\"size\":20,\"type\":\"image/png\",\"width\":64},\"loudness\":{},\"ok\":true,\"raw_tags\":[],"
			"\"tags\":{},\"waveform\":{\"hash\":\"aa\",\"size\":10,\"type\":\"application/octet-stream\"}}",
			"files that were made are named");
	is_text(document("{\"ok\":false,\"code\":\"empty\"}", &waveform, &cover),
		"{\"code\":\"empty\",\"ok\":false,\"retry\":false}", "but not of a failure");
	snprintf(lengthy, sizeof(lengthy), "{\"ok\":true,\"codec\":\"%02001d\"}", 0);
	is_text(document(lengthy, &none, &none), "{" EMPTY, "a text that is too long is left out");
	is_text(dump, "{\"code\":\"crashed\",\"detail\":\"killed by signal 11\",\"ok\":false,\"retry\":true}", "a failure of ours");
	free(dump);
	json_decref(failure);
	return done_testing();
}
