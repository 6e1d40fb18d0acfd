/*
 * probe_answer_test.c
 *		What veza-probe writes, and how veza-httpd reads it: each member, missing, of
 *		another type, and out of its bounds.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "../../httpd/probe/json_writer.h"
#include "../../httpd/work/probe_answer.h"
#include "tap.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char good[] =
	"{\"ok\":true,\"container\":\"wav\",\"codec\":\"pcm\",\"lossless\":true,\"duration_ms\":1000,\"frames\":44100,"
	"\"sample_rate\":44100,\"channels\":2,\"bits\":null,\"pcm_sha256\":\"" HASH "\","
	"\"loudness_lufs\":-13.64,\"loudness_range_lu\":0,\"true_peak_dbtp\":null,"
	"\"fingerprint\":[1,-2147483648,2147483647],\"waveform\":{\"bytes\":100,\"points\":38,\"samples_per_point\":64},"
	"\"cover\":{\"type\":\"image/png\",\"bytes\":5},"
	"\"tags\":{\"title\":\"x\",\"artist\":null,\"album\":null,\"genre\":null,\"comment\":null,"
	"\"isrc\":\"FRZ039800212\",\"year\":1999,\"track\":null,\"bpm\":120.5},\"raw_tags\":[[\"TIT2\",\"x\"]],\"secret\":\"y\"}";

/* reads says whether a document is an answer. */
static bool
reads(const char *text)
{
	ProbeAnswer answer;
	bool		is_good = probe_answer_read(text, strlen(text), &answer);

	if (!is_good && answer.document != NULL)
		printf("# something is left of what was no answer\n");
	probe_answer_free(&answer);
	return is_good;
}

/* test_good: what is kept, and what is not. */
static void
test_good(void)
{
	ProbeAnswer answer;
	char	   *document;

	ok(probe_answer_read(good, sizeof(good) - 1, &answer) && answer.code == PROBE_OK && answer.waveform_size == 100
	   && answer.cover_size == 5, "an answer is read");
	is_text(answer.cover_type, "image/png", "the cover's type");
	document = probe_answer_document(&answer, "w", NULL);
	ok(strstr(document, "\"loudness_lufs\":-13.64,") != NULL
	   && strstr(document, "\"waveform_hash\":\"w\",\"cover_hash\":null}") != NULL, "the document has what was found, and the files");
	ok(strstr(document, "secret") == NULL, "what is not on the list is not kept");
	free(document);
	probe_answer_free(&answer);
}

/* test_refusals: codes that are ours, and others. */
static void
test_refusals(void)
{
	ProbeAnswer answer;
	char		text[200];

	for (int i = PROBE_OK + 1; i < PROBE_CODES; i++)
	{
		snprintf(text, sizeof(text), "{\"ok\":false,\"code\":\"%s\",\"detail\":null,\"container\":7}",
				 probe_answer_code((ProbeCode) i));
		each(probe_answer_read(text, strlen(text), &answer) && (int) answer.code == i && answer.waveform_size == 0, "%s", text);
		probe_answer_free(&answer);
	}
	all("each code is read");
	ok(!reads("{\"ok\":false,\"code\":\"ok\",\"detail\":null}") && !reads("{\"ok\":false,\"code\":\"trunc\",\"detail\":null}")
	   && !reads("{\"ok\":false,\"code\":\"truncated empty\",\"detail\":null}")
	   && !reads("{\"ok\":false,\"code\":7,\"detail\":null}") && !reads("{\"ok\":false,\"detail\":null}")
	   && !reads("{\"ok\":false,\"code\":\"\",\"detail\":null}"), "other codes are none");
	ok(!reads("") && !reads("[]") && !reads("{}") && !reads("{\"ok\":null}") && !reads("{\"ok\":true}") && !reads("null"),
	   "nor is something else");
}

/* replaced is the good answer with a piece of it replaced. */
static const char *
replaced(const char *from, const char *to)
{
	static char text[sizeof(good) + 4096];
	const char *at = strstr(good, from);

	if (at == NULL)
		return good;
	snprintf(text, sizeof(text), "%.*s%s%s", (int) (at - good), good, to, at + strlen(from));
	return text;
}

/* test_members: each member must be there, and be what it is. */
static void
test_members(void)
{
	static const char *const wrong[][2] = {
		{"\"wav\"", "\"exe\""}, {"\"wav\"", "\"wav aiff\""}, {"\"wav\"", "\"w\""}, {"\"wav\"", "null"}, {"\"pcm\"", "\"\""},
		{"\"lossless\":true", "\"lossless\":1"}, {":1000,", ":-1,"}, {":1000,", ":1e3,"}, {":1000,", ":90000000,"},
		{"\"frames\":44100", "\"frames\":0"}, {"\"frames\":44100", "\"frames\":99999999999999999999"}, {"rate\":44100", "rate\":1"},
		{"channels\":2", "channels\":9"}, {"bits\":null", "bits\":0"}, {HASH, "x"}, {HASH, HASH "0"},
		{"abcdef\"", "abcdeF\""}, {"-13.64", "\"-13.64\""}, {"-13.64", "1e308"}, {"null,\"fing", "true,\"fing"},
		{"[1,", "[1.5,"}, {"[1,", "[2147483648,"}, {"[1,-2147483648,2147483647]", "[]"}, {"[1,-2147483648,2147483647]", "\"x\""},
		{"bytes\":100", "bytes\":0"}, {"bytes\":100", "bytes\":99999"}, {"{\"bytes\":100", "{\"byte\":100"},
		{"image/png", "image/gif"},
		{"image/png", "text/html"}, {"\"title\":\"x\"", "\"title\":7"}, {"\"title\":\"x\",", ""}, {"FRZ039800212", "FRZ03980021"},
		{"1999", "0"}, {"120.5", "1000"}, {"[[\"TIT2\",\"x\"]]", "{}"}, {"[[\"TIT2\",\"x\"]]", "[[\"TIT2\"]]"},
		{"[[\"TIT2\",\"x\"]]", "[[\"TIT2\",\"x\",\"y\"]]"}, {"[[\"TIT2\",\"x\"]]", "[[\"TIT2\",null]]"},
		{"\"x\"]]", "\"\\u0000\"]]"}, {"\"x\"]]", "\"\xFF\"]]"}, {"{\"ok\":true", "{\"ok\":true,\"ok\":false"},
		{"\"secret\":\"y\"}", "\"secret\":\"y\"}}"}, {",\"raw_tags\"", ",\"raw\""}, {",\"fingerprint\"", ",\"finger\""},
		{",\"waveform\"", ",\"wave\""}, {"\"cover\":{", "\"cover\":[{}],\"c\":{"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		each(strstr(good, wrong[i][0]) != NULL, "%s is in it", wrong[i][0]);
		each(!reads(replaced(wrong[i][0], wrong[i][1])), "%s for %s", wrong[i][1], wrong[i][0]);
	}
	all("a member that is wrong, or is not there, makes it none");
	ok(reads(replaced("[1,-2147483648,2147483647]", "null")) && reads(replaced("{\"type\":\"image/png\",\"bytes\":5}", "null"))
	   && reads(replaced("[[\"TIT2\",\"x\"]]", "[]")) && reads(replaced("1999", "null")), "what may be missing");
}

/* test_bounds: what is too long, or too deep. */
static void
test_bounds(void)
{
	static char text[PROBE_ANSWER_MAX + sizeof(good)];
	ProbeAnswer answer;

	memset(text, ' ', sizeof(text));
	memcpy(text, good, sizeof(good) - 1);
	ok(probe_answer_read(text, PROBE_ANSWER_MAX, &answer), "the longest document");
	probe_answer_free(&answer);
	ok(!probe_answer_read(text, PROBE_ANSWER_MAX + 1, &answer), "a longer one");
	memset(text, '[', PROBE_ANSWER_MAX);
	ok(!probe_answer_read(text, PROBE_ANSWER_MAX, &answer), "one that is too deep");
}

/* test_json: what is written is JSON. */
static void
test_json(void)
{
	Json		json = {0};

	json_put_open(&json, NULL, '{');
	json_put_text(&json, "a\"", "\\\n\x01\xC3\xA9");
	json_put_text(&json, "b", NULL);
	json_put_open(&json, "c", '[');
	json_put_whole(&json, NULL, INT64_MIN);
	json_put_number(&json, NULL, -0.125, 2);
	json_put_number(&json, NULL, NAN, 2);
	json_put_number(&json, NULL, INFINITY, 2);
	json_put_open(&json, NULL, '[');
	json_put_close(&json, ']');
	json_put_truth(&json, NULL, true);
	json_put_close(&json, ']');
	json_put_close(&json, '}');
	json_put_text(&json, NULL, "");
	json.text[json.len - 3] = '\0';
	is_text(json.text, "{\"a\\\"\":\"\\\\\\u000a\\u0001\xC3\xA9\",\"b\":null,\"c\":[-9223372036854775808,-0.12,null,null,[],true]}", "a document");
	json_put_free(&json);
}

int
main(void)
{
	test_good();
	test_refusals();
	test_members();
	test_bounds();
	test_json();
	return done_testing();
}
