/*
 * download.c
 *		Files that we send (see download.h). What users have uploaded is never run:
 *		its type is one of a few, and a browser that opens it runs nothing of it.
 */
#include "download.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "../files/place.h"

/* A type that we send as what it is, and how names of such files end. */
typedef struct FileType
{
	const char *type;
	const char *suffix;
} FileType;

/* known_type finds the type; one that we do not know is bytes without meaning. */
static const FileType *
known_type(const char *type)
{
	static const FileType types[] = {{"image/png", "png"}, {"image/jpeg", "jpg"}, {"image/gif", "gif"}, {"image/webp", "webp"}};
	static const FileType unknown = {"application/octet-stream", "bin"};

	for (size_t i = 0; type != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, type) == 0)
			return &types[i];
	return &unknown;
}

/* describe adds the headers of a file: a page of ours elsewhere may show it, and nothing in it is ever run. */
static void
describe(Reply *reply, const FileType *type, const char *name)
{
	char		disposition[96];

	snprintf(disposition, sizeof(disposition), "inline; filename=\"%.*s.%s\"",
			 name ? (int) strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") : 0, name ? name : "", type->suffix);
	reply->content_type = type->type;
	reply_header(reply, "Content-Disposition", disposition);
	reply_header(reply, "Content-Security-Policy", "default-src 'none'; sandbox");
	reply_header(reply, "Cross-Origin-Resource-Policy", "cross-origin");
}

bool
download_reply(Reply *reply, const char *data, size_t len)
{
	json_t	   *named = json_loadb(data, len, 0, NULL);
	const char *hash = json_string_value(json_object_get(named, "file"));
	uint64_t	size = 0;
	int			fd = hash ? place_open(hash, &size) : -1;

	if (fd >= 0)
	{
		reply->has_file = true;
		reply->fd = fd;
		reply->length = size;
		describe(reply, known_type(json_string_value(json_object_get(named, "type"))),
				 json_string_value(json_object_get(named, "name")));
	}
	else
		log_line(LOG_ERROR, "a file that the database names is not there", "file", hash, NULL);
	json_decref(named);
	return fd >= 0;
}
