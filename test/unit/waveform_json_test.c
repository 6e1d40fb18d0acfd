/*
 * waveform_json_test.c
 *		Peaks as JSON: the same numbers as in the binary file, or nothing.
 */
#include "../../httpd/work/waveform_json.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* A file of two points: -128 to 127, 0 to 1. */
static const unsigned char two[28] = {
	2, 0, 0, 0, 1, 0, 0, 0, 0x44, 0xAC, 0, 0, 0, 2, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0x80, 0x7F, 0, 1
};

/* is_json compares what becomes of a file; NULL: nothing. */
static void
is_json(const unsigned char *bytes, size_t len, const char *wanted, const char *name)
{
	size_t		n = 0;
	char	   *json = waveform_json(bytes, len, &n);

	is_text(json, wanted, "%s", name);
	is_number(n, wanted ? strlen(wanted) : 0, "%s: its length", name);
	free(json);
}

/* test_points: each number, and no point at all. */
static void
test_points(void)
{
	unsigned char none[24];

	is_json(two, sizeof(two), "{\"version\":2,\"channels\":1,\"sample_rate\":44100,\"samples_per_pixel\":512,\"bits\":8,"
			"\"length\":2,\"data\":[-128,127,0,1]}", "two points");
	memcpy(none, two, sizeof(none));
	none[16] = 0;
	is_json(none, sizeof(none), "{\"version\":2,\"channels\":1,\"sample_rate\":44100,\"samples_per_pixel\":512,\"bits\":8,"
			"\"length\":0,\"data\":[]}", "no point");
}

/* test_refused: what is no such file. */
static void
test_refused(void)
{
	/* Which byte is another one: version, bits, points, channels. */
	static const size_t wrong[] = {0, 4, 16, 20};
	unsigned char other[28];

	for (size_t len = 0; len < sizeof(two); len++)
		is_json(two, len, NULL, "cut off");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		memcpy(other, two, sizeof(two));
		other[wrong[i]]++;
		is_json(other, sizeof(other), NULL, "another head");
	}
}

int
main(void)
{
	test_points();
	test_refused();
	return done_testing();
}
