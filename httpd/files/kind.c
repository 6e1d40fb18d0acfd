/*
 * kind.c
 *		The kinds of files (see kind.h).
 *
 * A judge goes by a file's content alone, never by a name or a type that
 * somebody has sent, and decodes nothing.
 */
#include "kind.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "audio.h"
#include "image.h"

/* judge_image says whether it is an image, and how large, by its first bytes. */
static bool
judge_image(const FileContent *content, FileFacts *facts)
{
	unsigned char *head = malloc(IMAGE_HEAD_MAX);
	ImageInfo	image;
	bool		ok;

	if (head == NULL)
		abort();
	ok = image_probe(head, content->read(content->state, 0, head, IMAGE_HEAD_MAX), &image);
	free(head);
	if (ok)
		*facts = (FileFacts) {.type = image.type, .numbers = {{"image_width", image.width}, {"image_height", image.height}}};
	return ok;
}

/* judge_audio says whether it is audio, and of which type. */
static bool
judge_audio(const FileContent *content, FileFacts *facts)
{
	*facts = (FileFacts) {.type = audio_probe(content)};
	return facts->type != NULL;
}

static const FileType image_types[] = {
	{"image/png", "png"}, {"image/jpeg", "jpg"}, {"image/gif", "gif"}, {"image/webp", "webp"}, {0}
};

static const FileType audio_types[] = {
	{"audio/wav", "wav"}, {"audio/aiff", "aiff"}, {"audio/flac", "flac"}, {"audio/mpeg", "mp3"}, {"audio/ogg", "ogg"},
	{"audio/mp4", "m4a"}, {"audio/aac", "aac"}, {0}
};

static const FileType waveform_types[] = {
	{"application/octet-stream", "dat"}, {0}
};

static const FileType waveform_json_types[] = {
	{"application/json", "json"}, {0}
};

static const FileKind kinds[] = {
	{.name = "image", .limit = CONFIG_AVATAR_LIMIT, .bare = "image/", .judge = judge_image, .unfit = VZ_E_IMAGE_UNSUPPORTED,
	.directory = "files", .disposition = "inline", .types = image_types},
	{.name = "audio", .limit = CONFIG_TRACK_LIMIT, .bare = "audio/", .judge = judge_audio, .unfit = VZ_E_AUDIO_UNSUPPORTED,
	.directory = "tracks", .disposition = "inline", .is_scanned = true, .types = audio_types},
	/* Made by us of audio: nobody uploads it. */
	{.name = "waveform", .limit = CONFIG_TRACK_LIMIT, .directory = "waveforms", .disposition = "inline", .types = waveform_types},
	{.name = "waveform_json", .limit = CONFIG_TRACK_LIMIT, .directory = "waveforms", .disposition = "inline",
	.types = waveform_json_types},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const FileKind *
kind_find(const char *name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const FileKind *
kind_sent_as(const char *type, const FileType **entry)
{
	for (size_t i = 0; type != NULL && i < KINDS; i++)
		for (*entry = kinds[i].types; (*entry)->type != NULL; ++*entry)
			if (strcmp((*entry)->type, type) == 0)
				return &kinds[i];
	return NULL;
}

bool
kind_may_be(const char *content_type)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].bare != NULL && strncasecmp(content_type, kinds[i].bare, strlen(kinds[i].bare)) == 0)
			return true;
	return strncasecmp(content_type, "multipart/", strlen("multipart/")) == 0;
}

uint64_t
kind_largest(void)
{
	uint64_t	largest = 0;

	for (size_t i = 0; i < KINDS; i++)
		if ((uint64_t) config_int(kinds[i].limit) > largest)
			largest = (uint64_t) config_int(kinds[i].limit);
	return largest;
}

/* is_new says whether no kind before this one has its directory. */
static bool
is_new(size_t kind)
{
	for (size_t i = 0; i < kind; i++)
		if (strcmp(kinds[i].directory, kinds[kind].directory) == 0)
			return false;
	return true;
}

const char *
kind_directory(size_t number)
{
	for (size_t i = 0; i < KINDS; i++)
		if (is_new(i) && number-- == 0)
			return kinds[i].directory;
	return NULL;
}
