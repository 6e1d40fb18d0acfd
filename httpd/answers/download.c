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
#include "../files/kind.h"

/* What is no type of any kind is bytes without meaning. */
static const FileType unknown_type = {"application/octet-stream", "bin"};

/* describe adds the headers of a file: a page of ours elsewhere may show it, and nothing in it is ever run. */
static void
describe(Reply *reply, const char *how, const FileType *type, const char *name)
{
	char		disposition[96];

	snprintf(disposition, sizeof(disposition), "%s; filename=\"%.*s.%s\"", how,
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
	const FileType *type;
	const FileKind *kind = kind_sent_as(json_string_value(json_object_get(named, "type")), &type);

	if (hash != NULL)
	{
		reply->reading = reading_new(kind ? kind->directory : kind_directory(0), hash);
		describe(reply, kind ? kind->disposition : "inline", kind ? type : &unknown_type,
				 json_string_value(json_object_get(named, "name")));
	}
	else
		log_line(LOG_ERROR, "a file was to be sent, and none was named", NULL);
	json_decref(named);
	return hash != NULL;
}
