/*
 * upload.c
 *		Files that clients send (see upload.h).
 */
#include "upload.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../base/log.h"
#include "../config/config.h"
#include "image.h"
#include "multipart.h"
#include "place.h"
#include "upload_share.h"

#define MULTIPART_OVERHEAD (64 * 1024)

struct Upload
{
	Multipart  *multipart;		/* NULL: the body is the file */
	bool		takes_part;		/* the part that arrives is the file */
	bool		has_file;
	int			fd;
	char		spool[PLACE_MAX];	/* empty when there is nothing to remove */
	uint64_t	size;
	crypto_hash_sha256_state state;
	char		hash[2 * crypto_hash_sha256_BYTES + 1];
	ImageInfo	image;
	VzError		problem;		/* VZ_ERROR_COUNT: none */
	const char *words;
	UploadShare *share;			/* its place among those that run, or NULL */
};

/* fail notes the first problem; what has come so far takes no room any longer. */
static void
fail(Upload *u, VzError problem, const char *words)
{
	if (u->problem != VZ_ERROR_COUNT)
		return;
	if (u->spool[0] != '\0')
		unlink(u->spool);
	u->spool[0] = '\0';
	u->problem = problem;
	u->words = words;
}

/* fail_system notes that the system refused, and logs why. */
static void
fail_system(Upload *u, const char *what)
{
	log_line(LOG_ERROR, "an upload failed", "what", what, "path", u->spool, "error", strerror(errno), NULL);
	fail(u, VZ_E_UPLOAD_FAILED, NULL);
}

/* write_file appends to the file in the spool. */
static void
write_file(Upload *u, const char *data, size_t len)
{
	if (u->problem != VZ_ERROR_COUNT)
		return;
	u->size += len;
	if (u->size > (uint64_t) config_int(CONFIG_AVATAR_LIMIT))
	{
		fail(u, VZ_E_PAYLOAD_TOO_LARGE, NULL);
		return;
	}
	crypto_hash_sha256_update(&u->state, (const unsigned char *) data, len);
	while (len > 0)
	{
		ssize_t		n = write(u->fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
		{
			fail_system(u, "write");
			return;
		}
		data += n;
		len -= (size_t) n;
	}
}

/* begin_part: the first part that is a file is the file. */
static void
begin_part(void *state, const char *name, bool is_file)
{
	Upload	   *u = state;

	(void) name;
	u->takes_part = is_file && !u->has_file;
	if (is_file && u->has_file)
		fail(u, VZ_E_UPLOAD_MALFORMED, "there is more than one file");
	u->has_file = u->has_file || is_file;
}

/* part_data: other parts are not looked at. */
static void
part_data(void *state, const char *data, size_t len)
{
	Upload	   *u = state;

	if (u->takes_part)
		write_file(u, data, len);
}

/* end_part: nothing is left to do. */
static void
end_part(void *state)
{
	((Upload *) state)->takes_part = false;
}

/* open_spool makes a file of its own in the spool. */
static bool
open_spool(Upload *u)
{
	unsigned char random[16];
	char		name[2 * sizeof(random) + 1];

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(name, sizeof(name), random, sizeof(random));
	if (!place_in_spool(name, u->spool))
		return false;
	u->fd = open(u->spool, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (u->fd < 0)
		fail_system(u, "open");
	return u->fd >= 0;
}

bool
upload_init(void)
{
	if (place_init())
		return true;
	log_line(LOG_WARN, "files cannot be uploaded", "directory", config_text(CONFIG_UPLOAD_DIR), "error", strerror(errno), NULL);
	return false;
}

Upload *
upload_begin(const char *content_type, const char *user_id, const char *address, VzError *error)
{
	const UploadLimits limits = {config_int(CONFIG_MAX_CONCURRENT_UPLOADS), config_int(CONFIG_MAX_UPLOADS_PER_USER),
	config_int(CONFIG_MAX_UPLOADS_PER_ADDRESS)};
	bool		is_image = content_type != NULL && strncasecmp(content_type, "image/", 6) == 0;
	Upload	   *u = calloc(1, sizeof(*u));

	if (u == NULL)
		abort();
	u->fd = -1;
	u->problem = VZ_ERROR_COUNT;
	if ((u->share = upload_share_take(&limits, user_id, address)) == NULL)
		fail(u, VZ_E_UPLOAD_BUSY, NULL);
	else if (!is_image)
	{
		MultipartReader reader = {begin_part, part_data, end_part, u};

		if ((u->multipart = malloc(sizeof(*u->multipart))) == NULL)
			abort();
		if (!multipart_begin(u->multipart, content_type ? content_type : "", &reader))
			fail(u, VZ_E_UNSUPPORTED_MEDIA_TYPE, NULL);
	}
	crypto_hash_sha256_init(&u->state);
	u->has_file = is_image;
	if (u->problem == VZ_ERROR_COUNT && !open_spool(u))
		fail(u, VZ_E_UPLOAD_FAILED, NULL);
	if (u->problem == VZ_ERROR_COUNT)
		return u;
	*error = u->problem;
	upload_free(u);
	return NULL;
}

void
upload_take(Upload *u, const char *data, size_t len)
{
	if (u->problem != VZ_ERROR_COUNT)
		return;
	if (u->multipart == NULL)
		write_file(u, data, len);
	else if (!multipart_feed(u->multipart, data, len))
		fail(u, VZ_E_UPLOAD_MALFORMED, u->multipart->problem);
}

/* judge_type reads what the file is from its first bytes. */
static void
judge_type(Upload *u)
{
	unsigned char *head = malloc(IMAGE_HEAD_MAX);
	ssize_t		n;

	if (head == NULL)
		abort();
	n = pread(u->fd, head, IMAGE_HEAD_MAX, 0);
	if (n < 0)
		fail_system(u, "read");
	else if (!image_probe(head, (size_t) n, &u->image))
		fail(u, VZ_E_IMAGE_UNSUPPORTED, NULL);
	free(head);
}

/* publish makes the file durable and moves it to its place. */
static void
publish(Upload *u)
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_final(&u->state, digest);
	sodium_bin2hex(u->hash, sizeof(u->hash), digest, sizeof(digest));
	if (fsync(u->fd) != 0)
		fail_system(u, "fsync");
	else if (!place_publish(u->spool, u->hash))
		fail_system(u, "publish");
	else
		u->spool[0] = '\0';
}

void
upload_finish(Upload *u)
{
	if (u->multipart != NULL && u->problem == VZ_ERROR_COUNT && !multipart_end(u->multipart))
		fail(u, VZ_E_UPLOAD_MALFORMED, u->multipart->problem);
	if (!u->has_file || u->size == 0)
		fail(u, VZ_E_UPLOAD_MALFORMED, u->has_file ? "the file is empty" : "there is no file");
	if (u->problem == VZ_ERROR_COUNT)
		judge_type(u);
	if (u->problem == VZ_ERROR_COUNT)
		publish(u);
}

VzError
upload_problem(const Upload *u, json_t **details)
{
	*details = NULL;
	if (u->words != NULL)
		*details = json_pack("{s:s}", "problem", u->words);
	else if (u->problem == VZ_E_PAYLOAD_TOO_LARGE)
		*details = json_pack("{s:I}", "limit_bytes", (json_int_t) config_int(CONFIG_AVATAR_LIMIT));
	return u->problem;
}

/* fact_of returns what an argument asks of the file, as text; malloc'd, NULL for an unknown name. */
static char *
fact_of(const Upload *u, const char *name)
{
	char		number[24];

	if (strcmp(name, "file_hash") == 0)
		return strdup(u->hash);
	if (strcmp(name, "file_type") == 0)
		return strdup(u->image.type);
	if (strcmp(name, "file_size") == 0)
		snprintf(number, sizeof(number), "%llu", (unsigned long long) u->size);
	else if (strcmp(name, "image_width") == 0)
		snprintf(number, sizeof(number), "%u", u->image.width);
	else if (strcmp(name, "image_height") == 0)
		snprintf(number, sizeof(number), "%u", u->image.height);
	else
		return NULL;
	return strdup(number);
}

void
upload_bind(const Upload *u, const Route *route, Bound *bound)
{
	for (size_t i = 0; i < route->narguments; i++)
		if (route->arguments[i].source == SOURCE_UPLOAD)
			bound->values[i] = fact_of(u, route->arguments[i].name);
}

void
upload_free(Upload *u)
{
	if (u == NULL)
		return;
	if (u->fd >= 0)
		close(u->fd);
	if (u->spool[0] != '\0')
		unlink(u->spool);
	free(u->multipart);
	upload_share_give_back(u->share);
	free(u);
}

uint64_t
upload_body_limit(void)
{
	return (uint64_t) config_int(CONFIG_AVATAR_LIMIT) + MULTIPART_OVERHEAD;
}
