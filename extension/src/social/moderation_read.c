/*
 * moderation_read.c
 *		What moderators have before them, and what users are told of what was
 *		decided about their own things.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/json.h"
#include "../core/request/own.h"
#include "../core/request/page.h"
#include "../core/request/request.h"
#include "moderation_case.h"

#define NARROWED(wanted, type) "(" wanted " is null or state = " wanted ") and (" type " is null or subject_type = " type ")"

static VzStmt cases = VZ_STMT_SEARCH(
	"select * from veza_data.moderation_case_shape"
	" where $1 is null and ($2 is null or (created_at, id) < ($2, $3)) and " NARROWED("$6", "$7")
	" order by created_at desc, id desc limit $4 offset $5",
	UUIDOID, TIMESTAMPTZOID, UUIDOID, INT4OID, INT4OID, TEXTOID, TEXTOID);

static VzStmt count_cases = VZ_STMT_SEARCH(
	"select count(*) as n from veza_data.moderation_case where $1 is null and " NARROWED("$2", "$3"), UUIDOID, TEXTOID, TEXTOID);

static VzStmt case_detail = VZ_STMT("select * from veza_data.moderation_case_detail_shape where id = $1", UUIDOID);

/* Of one's own things only what was decided against them, or taken back, is told. */
static VzOwn decisions = {
	.one = VZ_STMT("select * from veza_data.moderation_decision_shape where owner_id = $1 and id = $2", UUIDOID, UUIDOID),
	.page = VZ_STMT("select * from veza_data.moderation_decision_shape"
					" where owner_id = $1 and ($2 is null or (created_at, id) < ($2, $3))"
					" order by created_at desc, id desc limit $4 offset $5",
					UUIDOID, TIMESTAMPTZOID, UUIDOID, INT4OID, INT4OID),
	.count = VZ_STMT("select count(*) as n from veza_data.moderation_decision_shape where owner_id = $1", UUIDOID),
	.not_found = VZ_E_CASE_NOT_FOUND
};

VZ_FUNCTION(moderation_cases);
VZ_FUNCTION(moderation_case);
VZ_FUNCTION(moderation_decisions);
VZ_FUNCTION(moderation_decision);

/* choice_argument is one of the words between commas, NULL for none; another one becomes a field error. */
static VzArg
choice_argument(FunctionCallInfo fcinfo, int argno, const char *field, const char *words, const char *problem, VzRefusal *wrong)
{
	char	   *word = vz_lower(vz_text_argument(fcinfo, argno));

	if (word == NULL || word[0] == '\0')
		return vz_arg_null();
	if (strchr(word, ',') != NULL || strstr(words, psprintf(",%s,", word)) == NULL)
		vz_field_error(wrong, field, problem);
	return vz_arg_text(word);
}

/*
 * moderation_cases lists what was reported, the newest first.
 *
 * Arguments: state, type of the subject, page, limit, cursor.
 */
Datum
moderation_cases(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzArg		state;
	VzArg		type;
	VzPage		page;

	vz_require_admin();
	state = choice_argument(fcinfo, 0, "state", ",open,hidden,warned,closed,reinstated,",
							"must be open, hidden, warned, closed or reinstated", wrong);
	type = choice_argument(fcinfo, 1, "subject_type", ",track,comment,playlist,user,",
						   "must be track, comment, playlist or user", wrong);
	vz_raise_if(wrong);
	if (!vz_page_read(fcinfo, 2, &page))
		PG_RETURN_NULL();
	return vz_page_answer_filtered(&page, &cases, &count_cases, NULL, VZ_ARGS(state, type));
}

/* moderation_case shows a case with all reports of it. */
Datum
moderation_case(PG_FUNCTION_ARGS)
{
	Datum		json;

	vz_require_admin();
	if (PG_ARGISNULL(0) || !vz_json_row(&case_detail, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0))), &json))
		vz_raise_error(VZ_E_CASE_NOT_FOUND);
	return json;
}

/* moderation_decisions shows what moderators have decided about the actor's things. Arguments: page, limit, cursor. */
Datum
moderation_decisions(PG_FUNCTION_ARGS)
{
	return vz_own_list(fcinfo, &decisions);
}

/* moderation_decision shows one of these. */
Datum
moderation_decision(PG_FUNCTION_ARGS)
{
	return vz_own_get(fcinfo, &decisions);
}
