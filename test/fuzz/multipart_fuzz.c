/*
 * multipart_fuzz.c
 *		multipart/form-data on any bytes: whole and byte by byte come to the same; and
 *		images on the same bytes.
 */
#include "../../httpd/files/image.h"
#include "../../httpd/files/multipart.h"
#include "fuzz.h"

/* What was told, as a number, and whether calls come in order. */
typedef struct Told
{
	uint64_t	hash;
	bool		is_open;
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
}

/* data promises that data belongs to a part. */
static void
data_of(void *state, const char *data, size_t len)
{
	promise(((Told *) state)->is_open && len > 0);
	add(state, data, len);
}

/* end promises that only what has begun ends. */
static void
end(void *state)
{
	Told	   *told = state;

	promise(told->is_open);
	told->is_open = false;
	add(told, "]", 1);
}

/* run feeds the bytes in pieces; returns what was told and whether it ended well. */
static Told
run(const uint8_t *data, size_t size, size_t piece)
{
	static Multipart m;
	Told		told = {14695981039346656037u, false};
	MultipartReader reader = {begin, data_of, end, &told};
	bool		good = multipart_begin(&m, "multipart/form-data; boundary=XYZ", &reader);

	promise(good);
	for (size_t at = 0; good && at < size; at += piece)
		good = multipart_feed(&m, (const char *) data + at, size - at < piece ? size - at : piece);
	good = multipart_end(&m) && good;
	promise(good ? !told.is_open : m.problem != NULL);
	add(&told, good ? "+" : m.problem, good ? 1 : strlen(m.problem));
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
