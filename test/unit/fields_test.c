/*
 * fields_test.c
 *		Fields that stand beside a file in a form, in pieces of any size.
 */
#include <stdlib.h>

#include "../../httpd/files/fields.h"
#include "tap.h"

#define PART(name) "\r\n--XYZ\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_PART "\r\n--XYZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.mp3\"\r\n\r\n"
#define END "\r\n--XYZ--\r\n"

static Fields fields;
static bool is_file;

/* begin begins a part. */
static void
begin(void *state, const char *name, bool has_filename)
{
	(void) state;
	is_file = has_filename;
	if (!is_file)
		fields_begin(&fields, name);
}

/* data takes a piece. */
static void
data(void *state, const char *bytes, size_t len)
{
	(void) state;
	if (!is_file)
		fields_data(&fields, bytes, len);
}

/* end ends a part. */
static void
end(void *state)
{
	(void) state;
	if (!is_file)
		fields_end(&fields);
}

/* parse feeds a body in pieces of so many bytes; the fields as one text, or what is wrong. */
static const char *
parse(const char *body, size_t len, size_t piece)
{
	static const MultipartReader reader = {begin, data, end, NULL};
	static Multipart m;
	static char text[4096];
	json_t	   *both;
	char	   *dump;

	fields_free(&fields);
	if (!multipart_begin(&m, "multipart/form-data; boundary=XYZ", &reader))
		return m.problem;
	for (size_t at = 0; at < len; at += piece)
		if (!multipart_feed(&m, body + at, len - at < piece ? len - at : piece))
			return m.problem;
	if (!multipart_end(&m))
		return m.problem;
	if (fields.problem != NULL)
		return fields.problem;
	both = json_array();
	if (fields.values != NULL)
		json_array_append(both, fields.values);
	if (fields.metadata != NULL)
		json_array_append(both, fields.metadata);
	dump = json_dumps(both, JSON_COMPACT | JSON_SORT_KEYS);
	snprintf(text, sizeof(text), "%s", dump);
	free(dump);
	json_decref(both);
	return text;
}

/* reads checks what a body comes to, cut into pieces of every size. */
static void
reads(const char *body, size_t len, const char *want, const char *what)
{
	for (size_t piece = 1; piece <= len + 1; piece++)
		each(strcmp(parse(body, len, piece), want) == 0, "in pieces of %zu: '%s'", piece, parse(body, len, piece));
	all("%s", what);
}

#define READS(body, want, what) reads(body, sizeof(body) - 1, want, what)

/* test_forms: fields before and behind a file, of all sorts. */
static void
test_forms(void)
{
	READS(PART("title") "One" FILE_PART "\r\n--XYbytes" PART("is_public") "true" END,
		"[{\"is_public\":\"true\",\"title\":\"One\"}]",
		  "before and behind a file");
	READS(PART("title") "" PART("artist") "\xc3\xa9\r\n\r\nx" END, "[{\"artist\":\"\xc3\xa9\\r\\n\\r\\nx\",\"title\":\"\"}]",
		"empty, and of several lines");
	READS(PART("tags") "a" PART("tags") "b" PART("tags") "c" END, "[{\"tags\":[\"a\",\"b\",\"c\"]}]",
		"one name more than once is a list");
	READS(PART("title") "\xff" PART("genre") "x\0y" PART("tags") "a" PART("tags") "\xc3" END,
		  "[{\"genre\":false,\"tags\":[\"a\",false],\"title\":false}]", "what is no text is told");
	READS(PART("metadata") "{\"title\": \"One\", \"tags\": [\"a\"]}" PART("title") "Two" END,
		  "[{\"title\":\"Two\"},{\"tags\":[\"a\"],\"title\":\"One\"}]", "a part of JSON");
	READS(PART("metadata") "[]" END, "the part metadata is no JSON object", "a list");
	READS(PART("metadata") "{\"a\":1,\"a\":2}" END, "the part metadata is no JSON object", "a name twice in JSON");
	READS(PART("metadata") "" PART("a") "b" END, "the part metadata is no JSON object", "no JSON at all");
	READS(PART("metadata") "{}" PART("metadata") "{}" END, "the part metadata is there more than once", "two of them");
	READS(PART("\xff\xfe") "x" END, "the name of a field is not UTF-8", "a name that is no text");
	READS(FILE_PART "x" END, "[]", "a file alone");
}

/* form makes a body of so many fields of this size; the caller frees it. */
static char *
form(size_t nfields, size_t size, size_t *len)
{
	char	   *body = malloc(nfields * (size + 100) + 100);

	*len = 0;
	for (size_t i = 0; i < nfields; i++)
	{
		*len += (size_t) sprintf(body + *len, "\r\n--XYZ\r\nContent-Disposition: form-data; name=f%zu\r\n\r\n", i);
		memset(body + *len, 'x', size);
		*len += size;
	}
	*len += (size_t) sprintf(body + *len, END);
	return body;
}

/* measure checks what so many fields of this size come to. */
static void
measure(size_t nfields, size_t size, const char *problem, const char *what)
{
	size_t		len;
	char	   *body = form(nfields, size, &len);

	(void) parse(body, len, 1000);
	is_text(fields.problem, problem, "%s", what);
	free(body);
}

int
main(void)
{
	test_forms();
	measure(FIELDS_MAX, 10, NULL, "as many fields as there may be");
	measure(FIELDS_MAX + 1, 10, "there are too many fields", "one more");
	measure(1, FIELD_SIZE_MAX, NULL, "as long as one may be");
	measure(1, FIELD_SIZE_MAX + 1, "a field is too long", "a byte more");
	measure(4, FIELD_SIZE_MAX - 3, NULL, "as long as all may be");
	measure(5, FIELD_SIZE_MAX - 3, "the fields are too long", "more than that");
	fields_free(&fields);
	return done_testing();
}
