/*
 * files.c
 *		Requests that wait for the disk (see files.h).
 */
#include "files.h"

#include "../base/log.h"

/* end_wait goes on with the request. */
static void
end_wait(Request *r)
{
	r->waits_for_disk = false;
	r->held_ms += r->loop->now_ms - r->held_since_ms;
	request_end_work(r);
}

/* begin_wait notes that the request, which is suspended, waits for the disk. */
static void
begin_wait(Request *r)
{
	if (!r->is_suspended)
		request_start_work(r);
	r->waits_for_disk = true;
	r->held_since_ms = r->loop->now_ms;
}

/* upload_settled is called when the disk has done what a body or its end waits for. */
static void
upload_settled(void *request)
{
	end_wait(request);
}

bool
files_begin(Request *r, const char *content_type, Partial *partial)
{
	const FileKind *kind = kind_find(r->route->upload);
	const UploadSender sender = {content_type, r->user_id, r->address};
	const UploadOwner owner = {&r->loop->mailbox, upload_settled, r};
	VzError		error = VZ_E_UPLOAD_FAILED;

	if (kind == NULL || kind->judge == NULL)
		log_line(LOG_ERROR, "a route takes a kind of file that is not known here", "path", r->route->path, "kind", r->route->upload, NULL);
	else
	{
		r->upload = upload_begin(kind, &sender, &owner, partial, &error);
		partial = NULL;
	}
	partial_free(partial);
	if (r->upload == NULL)
		request_refuse(r, error, NULL);
	return r->upload != NULL;
}

size_t
files_take(Request *r, const char *data, size_t len)
{
	size_t		taken = upload_take(r->upload, data, len);

	if (taken < len)
		begin_wait(r);
	return taken;
}

/* refuse_upload refuses the request for what is wrong with its upload; false when nothing is. */
static bool
refuse_upload(Request *r)
{
	json_t	   *details;
	VzError		problem = upload_problem(r->upload, &details);

	if (problem != VZ_ERROR_COUNT)
		request_refuse(r, problem, details);
	return problem != VZ_ERROR_COUNT;
}

bool
files_close(Request *r, const json_t **fields, const json_t **metadata)
{
	if (r->upload == NULL)
		request_refuse(r, VZ_E_UNSUPPORTED_MEDIA_TYPE, NULL);
	else if (!upload_close(r->upload, fields, metadata))
		refuse_upload(r);
	return !r->has_reply;
}

bool
files_store(Request *r)
{
	if (!upload_finish(r->upload))
	{
		begin_wait(r);
		return false;
	}
	return !refuse_upload(r);
}

bool
files_settle(Request *r, bool is_final, char *answer)
{
	if (upload_settle(r->upload, is_final, answer))
		return false;
	begin_wait(r);
	return true;
}

/* answer_opened is called when the answer's file is open, or cannot be. */
static void
answer_opened(void *request)
{
	Request    *r = request;

	if (reading_is_open(r->reply.reading))
		r->reply.length = (size_t) reading_size(r->reply.reading);
	else
		request_refuse(r, VZ_E_INTERNAL_ERROR, NULL);
	end_wait(r);
}

void
files_open_answer(Request *r)
{
	if (r->reply.reading != NULL)
	{
		reading_tell(r->reply.reading, &r->loop->mailbox, answer_opened, r);
		if (reading_open(r->reply.reading))
		{
			begin_wait(r);
			return;
		}
		request_refuse(r, VZ_E_SERVER_BUSY, NULL);
	}
	request_end_work(r);
}

void
files_give_up(Request *r)
{
	if (r->upload != NULL)
		upload_give_up(r->upload);
	if (r->has_reply)
		request_refuse(r, VZ_E_REQUEST_TIMEOUT, NULL);
	end_wait(r);
}
