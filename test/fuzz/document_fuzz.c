/*
 * document_fuzz.c
 *		Any answer of a decoder that may have been taken over by a file: what comes out
 *		is small, and has the members that the rules know.
 */
#include "../../httpd/work/document.h"
#include "fuzz.h"

/* is_known says whether a member is one that may be reported. */
static bool
is_known(const char *name)
{
	static const char *const names[] = {"ok", "container", "codec", "duration_ms", "sample_rate", "channels", "bits", "pcm_sha256",
	"loudness", "fingerprint", "tags", "raw_tags", "waveform", "cover", "code", "detail", "retry"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const Derived none;
	Derived		cover = {.size = 1, .facts = {.type = "image/png", .numbers = {{"image_width", 1}}}};
	json_t	   *document = document_read((const char *) data, size, &(DocumentFiles) {&none, &none, &cover});
	const char *name;
	json_t	   *value;
	char	   *text;

	if (document == NULL)
		return 0;
	json_object_foreach(document, name, value)
		promise(is_known(name));
	promise(json_is_boolean(json_object_get(document, "ok")));
	promise(json_is_true(json_object_get(document, "ok")) || json_is_string(json_object_get(document, "code")));
	text = json_dumps(document, JSON_COMPACT);
	promise(text != NULL && strlen(text) < 1000000);
	free(text);
	json_decref(document);
	return 0;
}
