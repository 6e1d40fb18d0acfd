/*
 * comment_content.c
 *		What a comment says (see comment_content.h).
 */
#include "comment_content.h"

#include "../auth/limit.h"
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/digest.h"
#include "../track/search_index.h"

void
vz_comment_content_read(FunctionCallInfo fcinfo, int argno, VzCommentContent *content, VzRefusal *wrong)
{
	memset(content, 0, sizeof(*content));
	content->text = vz_text_argument(fcinfo, argno);
	if (content->text == NULL || content->text[0] == '\0')
		vz_field_error(wrong, "content", content->text == NULL ? "is missing" : "must not be empty");
	else if (pg_mbstrlen(content->text) > VZ_COMMENT_CHARS_MAX)
		vz_field_error(wrong, "content", psprintf("must have at most %d characters", VZ_COMMENT_CHARS_MAX));
	else
		content->nmentions = vz_mentions(content->text, content->mention);
	if (content->nmentions > VZ_MENTIONS_MAX)
		vz_field_error(wrong, "content", psprintf("must mention at most %d users", VZ_MENTIONS_MAX));
}

VzArg
vz_comment_content_hash(const VzCommentContent *content, const pg_uuid_t *answered)
{
	const char *words = vz_search_folded(content->text);

	/* Of signs alone, the signs count. */
	if (words[0] == '\0')
		words = content->text;
	if (answered != NULL)
		words = psprintf("%s %s", vz_uuid_text(answered), words);
	return vz_arg_sha256(words, strlen(words));
}

void
vz_comment_admit(const pg_uuid_t *user_id)
{
	const char *who = vz_uuid_text(user_id);
	VzRefusal  *refusal = vz_limit_take("comment_minute", who, vz_setting_int("comment_limit"), SECS_PER_MINUTE);

	if (refusal == NULL)
		refusal = vz_limit_take("comment_hour", who, vz_setting_int("comment_hour_limit"), SECS_PER_HOUR);
	if (refusal != NULL)
		vz_raise(refusal);
}
