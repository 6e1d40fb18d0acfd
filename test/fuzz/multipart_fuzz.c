/*
 * multipart_fuzz.c
 *		multipart/form-data on any bytes: whole and byte by byte come to the same, and
 *		so do the fields beside a file; and images on the same bytes.
 */
#include "../../httpd/files/fields.h"
#include "../../httpd/files/image.h"
#include "fuzz.h"

/* What was told, as a number, and whether calls come in order. */
typedef struct Told
{
	uint64_t	hash;
	bool		is_open;
	bool		is_field;
	Fields		fields;
} Told;

/* add mixes bytes into what was told. */
static void
add(Told *told, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		told->hash = (told->hash ^ (unsigned char) data[i]) * 1099511628211u;
}

/* begin promises that parts do not overlap. */
static void
begin(void *state, const char *name, bool is_file)
{
	Told	   *told = state;

	promise(!told->is_open && strlen(name) <= MULTIPART_NAME_MAX);
	told->is_open = true;
	add(told, is_file ? "f" : "t", 1);
	add(told, name, strlen(name));
	told->is_field = !is_file;
	if (told->is_field)
		fields_begin(&told->fields, name);
}

/* data promises that data belongs to a part. */
static void
data_of(void *state, const char *data, size_t len)
{
	Told	   *told = state;

	promise(told->is_open && len > 0);
	add(told, data, len);
	if (told->is_field)
		fields_data(&told->fields, data, len);
}

/* end promises that only what has begun ends. */
static void
end(void *state)
{
	Told	   *told = state;

	promise(told->is_open);
	told->is_open = false;
	add(told, "]", 1);
	if (told->is_field)
		fields_end(&told->fields);
	promise(told->fields.nbytes <= 2 * FIELDS_SIZE_MAX && json_object_size(told->fields.values) <= FIELDS_MAX);
}

/* add_object mixes what fields have come to into what was told. */
static void
add_object(Told *told, const json_t *object)
{
	char	   *text = object ? json_dumps(object, JSON_SORT_KEYS) : NULL;

	promise(object == NULL || text != NULL);
	if (text != NULL)
		add(told, text, strlen(text));
	free(text);
}

/* run feeds the bytes in pieces; returns what was told and whether it ended well. */
static Told
run(const uint8_t *data, size_t size, size_t piece)
{
	static Multipart m;
	Told		told = {.hash = 14695981039346656037u};
	MultipartReader reader = {begin, data_of, end, &told};
	bool		good = multipart_begin(&m, "multipart/form-data; boundary=XYZ", &reader);

	promise(good);
	for (size_t at = 0; good && at < size; at += piece)
		good = multipart_feed(&m, (const char *) data + at, size - at < piece ? size - at : piece);
	good = multipart_end(&m) && good;
	promise(good ? !told.is_open : m.problem != NULL);
	add(&told, good ? "+" : m.problem, good ? 1 : strlen(m.problem));
	add_object(&told, told.fields.values);
	add_object(&told, told.fields.metadata);
	if (told.fields.problem != NULL)
		add(&told, told.fields.problem, strlen(told.fields.problem));
	fields_free(&told.fields);
	return told;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ImageInfo	info;
	char	   *type = text_of(data, size);
	Told		unused = {0};
	MultipartReader reader = {begin, data_of, end, &unused};
	static Multipart m;

	promise(run(data, size, size + 1).hash == run(data, size, 1).hash);
	promise(run(data, size, 3).hash == run(data, size, 7).hash);
	if (multipart_begin(&m, type, &reader))
		promise(m.delimiter_len >= 5 && m.delimiter_len <= MULTIPART_BOUNDARY_MAX + 4);
	if (image_probe(data, size, &info))
		promise(info.width > 0 && info.height > 0 && strncmp(info.type, "image/", 6) == 0);
	free(type);
	return 0;
}
