/*
 * multipart_test.c
 *		multipart/form-data, in pieces of any size; and the images that come in it.
 */
#include <stdlib.h>

#include "../../httpd/files/image.h"
#include "../../httpd/files/multipart.h"
#include "tap.h"

#define TYPE "multipart/form-data; boundary=XYZ"

/* What was told, as one text. */
static char told[4096];

/* tell adds to what was told. */
static void
tell(const char *text, size_t len)
{
	size_t		at = strlen(told);

	if (at + len < sizeof(told))
	{
		memcpy(told + at, text, len);
		told[at + len] = '\0';
	}
}

/* begin tells of a part. */
static void
begin(void *state, const char *name, bool is_file)
{
	(void) state;
	tell(is_file ? "[file " : "[", is_file ? 6 : 1);
	tell(name, strlen(name));
	tell(":", 1);
}

/* data tells of data. */
static void
data(void *state, const char *text, size_t len)
{
	(void) state;
	tell(text, len);
}

/* end tells of a part's end. */
static void
end(void *state)
{
	(void) state;
	tell("]", 1);
}

static const MultipartReader reader = {begin, data, end, NULL};

/* parse feeds a body in pieces of so many bytes; what was told, or the problem. */
static const char *
parse(const char *type, const char *body, size_t len, size_t piece)
{
	static Multipart m;

	told[0] = '\0';
	if (!multipart_begin(&m, type, &reader))
		return m.problem;
	for (size_t at = 0; at < len; at += piece)
		if (!multipart_feed(&m, body + at, len - at < piece ? len - at : piece))
			return m.problem;
	return multipart_end(&m) ? told : m.problem;
}

/* reads checks what a body comes to, in pieces of every size. */
static void
reads(const char *body, const char *want, const char *what)
{
	size_t		len = strlen(body);

	for (size_t piece = 1; piece <= len + 1; piece++)
		each(strcmp(parse(TYPE, body, len, piece), want) == 0, "in pieces of %zu: '%s'", piece, parse(TYPE, body, len, piece));
	all("%s", what);
}

/* test_bodies: well-formed and broken bodies. */
static void
test_bodies(void)
{
	reads("--XYZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XYZ--\r\n", "[a:1]", "one part");
	reads("--XYZ\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XYZ\r\ncontent-disposition: form-data; name=\"f\"; filename=\"x.png\"\r\n"
		  "Content-Type: image/png\r\n\r\n\r\n--XY\r\n--XYZ--", "[a:1][file f:\r\n--XY]", "two, one with half a boundary in it");
	reads("before\r\n--XYZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--XYZ--\r\nafter --XYZ", "[a:]",
		  "what stands before and after does not count");
	reads("--XYZ\r\nContent-Disposition: form-data; name=\"a\\\"b\"; filename=\"../../x\"\r\n\r\n\r\r\n\r\r\n--XYZ--", "[file a\"b:\r\r\n\r]",
		  "quotes, and carriage returns");
	reads("--XYZ\r\n\r\nx\r\n--XYZ--", "a part has no name", "a part without headers");
	reads("--XYZ\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--XYZ--", "a part has no name", "a part that is no form-data");
	reads("--XYZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx", "the body ends before its last boundary", "a body that is cut off");
	reads("nothing", "the body ends before its last boundary", "a body without parts");
	reads("--XYZx\r\n", "a boundary does not end its line", "a longer boundary");
}

/* test_limits: boundaries, parts and headers have their measure. */
static void
test_limits(void)
{
	char		body[16384];
	size_t		n = 0;
	static const char *const types[] = {"multipart/mixed; boundary=x", "multipart/form-data", "multipart/form-data; boundary=",
		"multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=a\tb", "multipart/form-datax; boundary=x",
		"text/plain", "multipart/form-data; boundary=\"a",
	"multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		each(strcmp(parse(types[i], "", 0, 1), "the body ends before its last boundary") != 0, "'%s' is taken", types[i]);
	all("types and boundaries that are none");
	is_text(parse("Multipart/Form-Data; charset=x; boundary=\"a b\"", "--a b--", 7, 1), "", "a quoted boundary");
	for (int i = 0; i < MULTIPART_PARTS_MAX + 1; i++)
		n += (size_t) snprintf(body + n, sizeof(body) - n, "%s--XYZ\r\nContent-Disposition: form-data; name=a\r\n\r\n",
							   i > 0 ? "\r\n" : "");
	is_text(parse(TYPE, body, n, n), "there are too many parts", "one part too many");
	n = (size_t) snprintf(body, sizeof(body), "--XYZ\r\nContent-Disposition: form-data; name=a\r\nX: ");
	memset(body + n, 'x', MULTIPART_HEADERS_MAX);
	is_text(parse(TYPE, body, n + MULTIPART_HEADERS_MAX, n), "the headers of a part are too long", "headers without end");
	is_text(parse(TYPE, "--XYZ\r\nContent-Disposition: form-data; name=a\0\r\n\r\n", 50, 50), "the headers of a part hold a NUL", "a NUL");
}

/* is_image checks what the first bytes of a file come to. */
static void
is_image(const void *bytes, size_t len, const char *type, uint32_t width, uint32_t height)
{
	ImageInfo	info = {0};

	ok(image_probe(bytes, len, &info) && strcmp(info.type, type) == 0 && info.width == width && info.height == height,
	   "%s of %u x %u", type, width, height);
	for (size_t cut = 0; cut < len; cut++)
	{
		void	   *exact = malloc(cut + 1);

		memcpy(exact, bytes, cut);
		(void) image_probe(exact, cut, &info);
		free(exact);
	}
}

/* test_images: the four kinds, and what only looks like one. */
static void
test_images(void)
{
	ImageInfo	info;
	static const char *const others[] = {"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "<html><body>GIF89a", "GIF88a\1\0\1\0",
		"GIF89a\0\0\1\0", "\x89PNG\r\n\x1a\n", "RIFF\0\0\0\0WAVEVP8X", "\xff\xd8\xff\xda", "BM", "%PDF-1.7", ""};

	is_image("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\0\x40", 24, "image/png", 256, 64);
	is_image("GIF89a\x10\x00\x20\x01", 10, "image/gif", 16, 288);
	is_image("\xff\xd8\xff\xe0\x00\x04\x00\x00\xff\xff\xc0\x00\x0b\x08\x00\x40\x01\x00\x01", 19, "image/jpeg", 256, 64);
	is_image("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\xff\0\0\x3f\0\0", 30, "image/webp", 256, 64);
	is_image("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\xff\xc0\x0f\0\0\0\0\0\0", 30, "image/webp", 256, 64);
	is_image("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\0\1\x40\0\0\0", 32, "image/webp", 256, 64);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		each(!image_probe((const unsigned char *) others[i], strlen(others[i]), &info), "number %zu is an image", i);
	all("what is none of the four");
}

int
main(void)
{
	test_bodies();
	test_limits();
	test_images();
	return done_testing();
}
