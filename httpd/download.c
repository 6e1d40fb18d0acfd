/*
 * download.c
 *		Files that we send (see download.h). What users have uploaded is never run:
 *		its type is one of a few, and a browser that opens it runs nothing of it.
 */
#include "download.h"

#include <string.h>

#include "log.h"
#include "place.h"

/* known_type returns the type, if it is one that we send as what it is. */
static const char *
known_type(const char *type)
{
	static const char *const types[] = {"image/png", "image/jpeg", "image/gif", "image/webp"};

	for (size_t i = 0; type != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i], type) == 0)
			return types[i];
	return "application/octet-stream";
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
		reply->content_type = known_type(json_string_value(json_object_get(named, "type")));
		reply_header(reply, "Content-Security-Policy", "default-src 'none'; sandbox");
		reply_header(reply, "Content-Disposition", "inline");
	}
	else
		log_line(LOG_ERROR, "a file that the database names is not there", "file", hash, NULL);
	json_decref(named);
	return fd >= 0;
}
