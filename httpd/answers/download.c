/*
 * download.c
 *		Files that we send (see download.h). What users have uploaded is never run:
 *		its type is one of a few, and a browser that opens it runs nothing of it.
 */
#include "download.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "../files/kind.h"
#include "../wire/disposition.h"
#include "../wire/range.h"

#define HASH_LEN 64

/* What is no type of any kind is bytes without meaning. */
static const FileType unknown_type = {"application/octet-stream", "bin"};

/* describe adds the headers of a file: a page of ours elsewhere may show it, and nothing in it is ever run. */
static void
describe(Reply *reply, const FileKind *kind, const FileType *type, const json_t *named)
{
	const char *how = json_string_value(json_object_get(named, "disposition"));
	const char *name = json_string_value(json_object_get(named, "name"));
	const char *hash = json_string_value(json_object_get(named, "file"));
	char		disposition[DISPOSITION_SIZE];
	char		etag[HASH_LEN + 3];

	if (how == NULL)
		how = kind ? kind->disposition : "attachment";
	disposition_write(disposition, strcmp(how, "attachment") == 0, name ? name : "", type->suffix);
	reply->content_type = type->type;
	reply_header(reply, "Content-Disposition", disposition);
	reply_header(reply, "Content-Security-Policy", "default-src 'none'; sandbox");
	reply_header(reply, "Cross-Origin-Resource-Policy", "cross-origin");
	reply_header(reply, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	snprintf(etag, sizeof(etag), "\"%.*s\"", HASH_LEN, hash);
	if (reply_etag(reply) == NULL)
		reply_header(reply, MHD_HTTP_HEADER_ETAG, etag);
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
		describe(reply, kind, kind ? type : &unknown_type, named);
	}
	else
		log_line(LOG_ERROR, "a file was to be sent, and none was named", NULL);
	json_decref(named);
	return hash != NULL;
}

bool
download_part(Reply *reply, const char *range, const char *if_range)
{
	char		content_range[DOWNLOAD_RANGE_SIZE];
	uint64_t	size = reading_size(reply->reading);
	uint64_t	first;
	uint64_t	last;

	if (!range_holds(if_range, reply_etag(reply)))
		return true;
	switch (range_read(range, size, &first, &last))
	{
		case RANGE_WHOLE:
			return true;
		case RANGE_NONE:
			return false;
		case RANGE_PART:
			break;
	}
	reply->status = 206;
	reply->start = first;
	reply->length = (size_t) (last - first + 1);
	snprintf(content_range, sizeof(content_range), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first, last, size);
	reply_header(reply, MHD_HTTP_HEADER_CONTENT_RANGE, content_range);
	return true;
}

void
download_content_range(const Reply *reply, char out[DOWNLOAD_RANGE_SIZE])
{
	snprintf(out, DOWNLOAD_RANGE_SIZE, "bytes */%" PRIu64, reading_size(reply->reading));
}
