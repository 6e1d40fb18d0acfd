/*
 * audio_fuzz.c
 *		The judge of audio on any bytes: it reads nothing beyond them, ends soon, and
 *		says what is one of its types or none.
 */
#include "../../httpd/files/audio.h"
#include "fuzz.h"

/* The bytes, and how often they were read. */
typedef struct Bytes
{
	const uint8_t *data;
	size_t		size;
	size_t		nreads;
} Bytes;

/* read_bytes is a file that lies in memory. */
static size_t
read_bytes(void *state, uint64_t at, unsigned char *out, size_t max)
{
	Bytes	   *b = state;
	size_t		n = at < b->size ? b->size - (size_t) at : 0;

	if (n > max)
		n = max;
	for (size_t i = 0; i < n; i++)
		out[i] = b->data[at + i];
	b->nreads++;
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"audio/wav", "audio/aiff", "audio/flac", "audio/mpeg", "audio/ogg", "audio/mp4",
		"audio/aac"};
	Bytes		b = {data, size, 0};
	FileContent content = {.size = size, .read = read_bytes, .state = &b};
	const char *type = audio_probe(&content);
	bool		is_known = type == NULL;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		is_known = is_known || strcmp(types[i], type) == 0;
	promise(is_known);
	promise(b.nreads < 500000);
	return 0;
}
