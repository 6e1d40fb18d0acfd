/*
 * upload.c
 *		Files that clients send, as a loop sees them (see upload.h).
 *
 * At any time at most one step of an upload is at the disk's threads: while it
 * is, spool and what is in writing are theirs, and everything else is the
 * loop's. What comes of a step is looked at when it is back.
 */
#include "upload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/log.h"
#include "disk.h"
#include "fields.h"
#include "multipart.h"
#include "place.h"
#include "spool.h"
#include "upload_share.h"

#define MULTIPART_OVERHEAD	(FIELDS_SIZE_MAX + 128 * 1024)	/* fields, boundaries and headers of parts */
#define BUFFER_SIZE			(64 * 1024)
#define CARRY_MAX			128	/* the beginning of a delimiter that came earlier and turns out to be data */

_Static_assert(CARRY_MAX >= MULTIPART_BOUNDARY_MAX + 4, "a delimiter may be carried");

typedef enum UploadStep
{
	STEP_NONE,
	STEP_WRITE,
	STEP_FINISH,
	STEP_SETTLE,
	STEP_DISCARD
} UploadStep;

typedef struct Buffer
{
	char	   *data;			/* NULL until it is first needed */
	size_t		len;
} Buffer;

struct Upload
{
	DiskWork	work;
	const FileKind *kind;
	UploadOwner owner;
	UploadShare *share;			/* its place among those that run, or NULL */
	UploadStep	step;			/* that is at the disk's threads */
	Spool		spool;
	Buffer		writing;
	Buffer		filling;
	Multipart  *multipart;		/* NULL: the body is the file */
	Fields		fields;			/* of the form, beside the file */
	bool		takes_part;		/* the part that arrives is the file; otherwise it is a field */
	bool		has_file;
	uint64_t	size;
	VzError		problem;		/* VZ_ERROR_COUNT: none */
	const char *words;
	bool		is_whole;		/* the body has come */
	bool		is_wanted;		/* and is to be put into its place */
	bool		is_stored;		/* judged and in its place, unless there is a problem */
	bool		is_answered;	/* of several requests: what was answered is to be noted */
	bool		is_final;		/* and nothing comes again */
	bool		is_settled;		/* and was */
	char	   *answer;
	bool		is_awaited;		/* the owner is to be told */
	bool		is_given_up;
	bool		is_left;		/* nobody has it any more */
};

/* release frees what is done with. */
static void
release(Upload *u)
{
	free(u->writing.data);
	free(u->filling.data);
	free(u->multipart);
	free(u->answer);
	partial_free(u->spool.partial);
	fields_free(&u->fields);
	upload_share_give_back(u->share);
	free(u);
}

/* run_upload_step does what was given to a thread of the disk's. */
static void
run_upload_step(DiskWork *work)
{
	Upload	   *u = (Upload *) work;

	if (u->step == STEP_DISCARD)
		spool_discard(&u->spool);
	else if (u->step == STEP_SETTLE)
		spool_settle(&u->spool, u->is_final, u->answer);
	else
		spool_write(&u->spool, u->writing.data, u->writing.len);
	if (u->step == STEP_FINISH)
		spool_finish(&u->spool, u->kind);
}

/* begin_upload_step gives a step to the disk's threads, with what has been filled. */
static void
begin_upload_step(Upload *u, UploadStep step)
{
	Buffer		full = u->filling;

	u->filling = u->writing;
	u->filling.len = 0;
	u->writing = full;
	u->step = step;
	disk_give(DISK_WRITERS, &u->work);
}

/* go_on begins what is due, once no step is under way. */
static void
go_on(Upload *u)
{
	if (u->step != STEP_NONE)
		return;
	if ((u->is_left || u->problem != VZ_ERROR_COUNT) && spool_holds(&u->spool))
		begin_upload_step(u, STEP_DISCARD);
	else if (!u->is_left && u->problem == VZ_ERROR_COUNT && u->is_wanted && !u->is_stored)
		begin_upload_step(u, STEP_FINISH);
	else if (!u->is_left && u->problem == VZ_ERROR_COUNT && u->is_answered && !u->is_settled)
		begin_upload_step(u, STEP_SETTLE);
}

/* fail_upload notes the first problem; what has come so far takes no room any longer. */
static void
fail_upload(Upload *u, VzError problem, const char *words)
{
	if (u->problem != VZ_ERROR_COUNT)
		return;
	u->problem = problem;
	u->words = words;
	go_on(u);
}

/* release_left frees an upload that was left, unless a step is under way, after which it is called again. */
static void
release_left(Upload *u)
{
	if (u->step == STEP_NONE)
		release(u);
}

/* may_go_on says whether the owner need not wait for the step under way. */
static bool
may_go_on(const Upload *u)
{
	return u->step == STEP_NONE || u->is_given_up || (!u->is_wanted && u->problem != VZ_ERROR_COUNT);
}

/* upload_step_done takes an upload back from the disk's threads. */
static void
upload_step_done(void *work)
{
	Upload	   *u = work;
	u->is_stored = u->is_stored || u->step == STEP_FINISH;
	u->is_settled = u->is_settled || u->step == STEP_SETTLE;
	u->step = STEP_NONE;
	if (u->problem == VZ_ERROR_COUNT)
		u->problem = u->spool.problem;
	go_on(u);
	if (u->is_left)
		release_left(u);
	else if (u->is_awaited && may_go_on(u))
	{
		u->is_awaited = false;
		u->owner.settled(u->owner.owner);
	}
}

/* write_file takes bytes of the file, for which there is room. */
static void
write_file(Upload *u, const char *data, size_t len)
{
	if (u->problem != VZ_ERROR_COUNT)
		return;
	u->size += len;
	if (u->size > (uint64_t) config_int(u->kind->limit))
	{
		fail_upload(u, VZ_E_PAYLOAD_TOO_LARGE, NULL);
		return;
	}
	if (u->filling.data == NULL && (u->filling.data = malloc(BUFFER_SIZE)) == NULL)
		abort();
	memcpy(u->filling.data + u->filling.len, data, len);
	u->filling.len += len;
}

/* begin_part: a part with a file's name is the file, once; browsers give one to a part of JSON, too. */
static void
begin_part(void *state, const char *name, bool is_file)
{
	Upload	   *u = state;

	is_file = is_file && strcmp(name, FIELDS_METADATA) != 0;
	if (is_file && u->has_file)
		fail_upload(u, VZ_E_UPLOAD_MALFORMED, "there is more than one file");
	u->takes_part = is_file;
	u->has_file = u->has_file || is_file;
	if (!is_file)
		fields_begin(&u->fields, name);
}

/* part_data takes bytes of a part. */
static void
part_data(void *state, const char *data, size_t len)
{
	Upload	   *u = state;

	if (u->takes_part)
		write_file(u, data, len);
	else
		fields_data(&u->fields, data, len);
}

/* end_part ends a part; what is wrong with a field is wrong with the upload. */
static void
end_part(void *state)
{
	Upload	   *u = state;

	if (!u->takes_part)
		fields_end(&u->fields);
	u->takes_part = false;
	if (u->fields.problem != NULL)
		fail_upload(u, VZ_E_UPLOAD_MALFORMED, u->fields.problem);
}

/* feed takes a piece of the body. */
static void
feed(Upload *u, const char *data, size_t len)
{
	if (u->multipart == NULL)
		write_file(u, data, len);
	else if (!multipart_feed(u->multipart, data, len))
		fail_upload(u, VZ_E_UPLOAD_MALFORMED, u->multipart->problem);
}

bool
upload_init(void)
{
	disk_start();
	if (place_init())
		return true;
	log_line(LOG_WARN, "files cannot be uploaded", "directory", config_text(CONFIG_UPLOAD_DIR), "error", strerror(errno), NULL);
	return false;
}

/* is_bare says whether a body of this type is the file itself. */
static bool
is_bare(const FileKind *kind, const char *content_type)
{
	return strncasecmp(content_type, kind->bare, strlen(kind->bare)) == 0;
}

/* judge_sender says what is wrong with an upload before its body comes. */
static VzError
judge_sender(Upload *u, const UploadSender *sender)
{
	const UploadLimits limits = {config_int(CONFIG_MAX_CONCURRENT_UPLOADS), config_int(CONFIG_MAX_UPLOADS_PER_USER),
	config_int(CONFIG_MAX_UPLOADS_PER_ADDRESS)};
	const MultipartReader reader = {begin_part, part_data, end_part, u};
	const char *type = sender->content_type ? sender->content_type : "";

	bool		brings_bytes = u->spool.partial == NULL || u->spool.partial->wish == PARTIAL_CREATE ||
		u->spool.partial->wish == PARTIAL_APPEND;

	if (disk_is_full(DISK_WRITERS))
		return VZ_E_UPLOAD_BUSY;
	if (brings_bytes && (u->share = upload_share_take(&limits, sender->user_id, sender->address)) == NULL)
		return VZ_E_UPLOAD_BUSY;
	u->has_file = u->spool.partial != NULL || is_bare(u->kind, type);
	if (u->has_file)
		return VZ_ERROR_COUNT;
	if ((u->multipart = malloc(sizeof(*u->multipart))) == NULL)
		abort();
	return multipart_begin(u->multipart, type, &reader) ? VZ_ERROR_COUNT : VZ_E_UNSUPPORTED_MEDIA_TYPE;
}

Upload *
upload_begin(const FileKind *kind, const UploadSender *sender, const UploadOwner *owner, Partial *partial, VzError *error)
{
	Upload	   *u = calloc(1, sizeof(*u));

	if (u == NULL)
		abort();
	u->work = (DiskWork) {.work = run_upload_step, .done = upload_step_done, .home = owner->home};
	u->kind = kind;
	u->owner = *owner;
	u->problem = VZ_ERROR_COUNT;
	spool_begin(&u->spool, partial);
	if ((*error = judge_sender(u, sender)) != VZ_ERROR_COUNT)
	{
		release(u);
		return NULL;
	}
	begin_upload_step(u, STEP_WRITE);	/* of nothing yet: it makes the file */
	return u;
}

size_t
upload_take(Upload *u, const char *data, size_t len)
{
	size_t		taken = 0;

	while (taken < len && u->problem == VZ_ERROR_COUNT)
	{
		size_t		room = BUFFER_SIZE - u->filling.len;
		size_t		n = len - taken;

		if (room > CARRY_MAX)
		{
			n = n < room - CARRY_MAX ? n : room - CARRY_MAX;
			feed(u, data + taken, n);
			taken += n;
		}
		else if (u->step == STEP_NONE)
			begin_upload_step(u, STEP_WRITE);
		else
		{
			u->is_awaited = true;
			return taken;
		}
	}
	return len;
}

bool
upload_close(Upload *u, const json_t **fields, const json_t **metadata)
{
	if (!u->is_whole)
	{
		u->is_whole = true;
		if (u->multipart != NULL && u->problem == VZ_ERROR_COUNT && !multipart_end(u->multipart))
			fail_upload(u, VZ_E_UPLOAD_MALFORMED, u->multipart->problem);
		if (!u->has_file || u->size == 0)
			fail_upload(u, VZ_E_UPLOAD_MALFORMED, u->has_file ? "the file is empty" : "there is no file");
	}
	*fields = u->fields.values;
	*metadata = u->fields.metadata;
	return u->problem == VZ_ERROR_COUNT;
}

bool
upload_finish(Upload *u)
{
	u->is_wanted = true;
	go_on(u);
	u->is_awaited = !may_go_on(u);
	return !u->is_awaited;
}

const Partial *
upload_partial(const Upload *u)
{
	return u->spool.partial;
}

bool
upload_settle(Upload *u, bool is_final, char *answer)
{
	u->is_final = is_final;
	u->answer = answer;
	u->is_answered = true;
	go_on(u);
	u->is_awaited = u->step != STEP_NONE;
	return !u->is_awaited;
}

VzError
upload_problem(const Upload *u, json_t **details)
{
	*details = NULL;
	if (u->words != NULL)
		*details = json_pack("{s:s}", "problem", u->words);
	else if (u->problem == VZ_E_PAYLOAD_TOO_LARGE)
		*details = json_pack("{s:I}", "limit_bytes", (json_int_t) config_int(u->kind->limit));
	return u->problem;
}

void
upload_give_up(Upload *u)
{
	log_line(LOG_ERROR, "an upload failed", "what", "the disk takes too long", NULL);
	u->is_given_up = true;
	u->is_awaited = false;
	fail_upload(u, VZ_E_UPLOAD_FAILED, NULL);
}

/* fact_of returns what an argument asks of the file, as text; malloc'd, NULL for an unknown name. */
static char *
fact_of(const Upload *u, const char *name)
{
	const FileFacts *facts = &u->spool.facts;
	long long	value = -1;
	char		number[24];

	if (strcmp(name, "file_hash") == 0)
		return strdup(u->spool.hash);
	if (strcmp(name, "file_type") == 0)
		return strdup(facts->type);
	if (strcmp(name, "file_size") == 0)
		value = (long long) (u->spool.partial != NULL ? u->spool.partial->length : u->size);
	for (size_t i = 0; i < FILE_NUMBERS_MAX && facts->numbers[i].name != NULL; i++)
		if (strcmp(facts->numbers[i].name, name) == 0)
			value = facts->numbers[i].value;
	if (value < 0)
		return NULL;
	snprintf(number, sizeof(number), "%lld", value);
	return strdup(number);
}

void
upload_bind(const Upload *u, const Route *route, Bound *bound)
{
	for (size_t i = 0; i < route->narguments; i++)
		if (route->arguments[i].source == SOURCE_UPLOAD)
			bound->values[i] = fact_of(u, route->arguments[i].name);
}

/* add_json adds an object to a hash, its members in the order of their names. */
static void
add_json(const json_t *object, crypto_hash_sha256_state *state)
{
	char	   *text = object ? json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	crypto_hash_sha256_update(state, (const unsigned char *) (text ? text : ""), (text ? strlen(text) : 0) + 1);
	free(text);
}

void
upload_digest(const Upload *u, crypto_hash_sha256_state *state)
{
	crypto_hash_sha256_update(state, (const unsigned char *) u->spool.hash, sizeof(u->spool.hash));
	add_json(u->fields.values, state);
	add_json(u->fields.metadata, state);
}

void
upload_free(Upload *u)
{
	if (u == NULL)
		return;
	u->is_awaited = false;
	u->is_left = true;
	go_on(u);
	release_left(u);
}

int64_t
upload_least(const FileKind *kind, const char *content_type, uint64_t length)
{
	uint64_t	form = is_bare(kind, content_type) ? 0 : MULTIPART_OVERHEAD;

	return (int64_t) (length > form ? length - form : 0);
}

uint64_t
upload_body_limit(const FileKind *kind)
{
	return (uint64_t) config_int(kind->limit) + MULTIPART_OVERHEAD;
}

uint64_t
upload_largest_body(void)
{
	return kind_largest() + MULTIPART_OVERHEAD;
}
