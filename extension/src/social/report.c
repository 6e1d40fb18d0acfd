/*
 * report.c
 *		Reporting what one sees to moderators, and what became of one's reports.
 *		Whom a report is about is never told who made it.
 */
#include "../auth/limit.h"
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/request/own.h"
#include "../core/request/request.h"
#include "../playlist/visibility.h"
#include "comment_sight.h"
#include "moderation_case.h"

#define WORDS_MAX 1000
#define EXCERPT(words) "left(" words ", 1000) as excerpt"

/* A type of subject: what finds one that the reporter sees ($1 its id, $2 who, $3 whether as an administrator), and its absence. */
typedef struct Reportable
{
	VzStmt		find;
	VzError		not_found;
	const char *fact;
} Reportable;

static Reportable reportables[VZ_NSUBJECT_TYPES] = {
	[VZ_SUBJECT_TRACK] = {
		.find = VZ_STMT("select t.id, t.uploader_id as owner_id, " EXCERPT("concat_ws(' - ', t.artist, t.title, t.description)")
						"  from veza_data.track t where t.id = $1 and " VZ_TRACK_IS_VISIBLE("t", "$2", "$3"), UUIDOID, UUIDOID, BOOLOID),
		.not_found = VZ_E_TRACK_NOT_FOUND, .fact = "track_id"
	},
	[VZ_SUBJECT_COMMENT] = {
		.find = VZ_STMT("select c.id, c.user_id as owner_id, " EXCERPT("c.content")
						"  from veza_data.comment c join veza_data.track t on t.id = c.track_id"
						" where c.id = $1 and " VZ_TRACK_IS_VISIBLE("t", "$2", "$3")
						"   and " VZ_COMMENT_IS_VISIBLE("c", "t.uploader_id", "$2", "$3"), UUIDOID, UUIDOID, BOOLOID),
		.not_found = VZ_E_COMMENT_NOT_FOUND, .fact = "comment_id"
	},
	[VZ_SUBJECT_PLAYLIST] = {
		.find = VZ_STMT("select p.id, p.owner_id, " EXCERPT("concat_ws(' - ', p.name, p.description)")
						"  from veza_data.playlist p where p.id = $1 and " VZ_PLAYLIST_IS_VISIBLE("p", "$2", "$3"),
						UUIDOID, UUIDOID, BOOLOID),
		.not_found = VZ_E_PLAYLIST_NOT_FOUND, .fact = "playlist_id"
	},
	[VZ_SUBJECT_USER] = {
		.find = VZ_STMT("select u.id, u.id as owner_id, " EXCERPT("concat_ws(' - ', u.username, u.display_name, u.bio)")
						"  from veza_data.users u where u.id = $1 and (" VZ_USER_IS_VISIBLE("u", "$2", "($3 or u.id = $2)") ")",
						UUIDOID, UUIDOID, BOOLOID),
		.not_found = VZ_E_USER_NOT_FOUND, .fact = "user_id"
	},
};

static VzStmt insert_report = VZ_STMT(
	"insert into veza_data.report (case_id, reporter_id, reason, words, created_at) values ($1, $2, $3, $4, $5)"
	" on conflict (case_id, reporter_id) do nothing returning id",
	UUIDOID, UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt find_report = VZ_STMT("select id from veza_data.report where case_id = $1 and reporter_id = $2", UUIDOID, UUIDOID);

static VzStmt report_answer = VZ_STMT("select * from veza_data.report_shape where id = $1", UUIDOID);

static VzOwn own_reports = VZ_OWN("report", "report_shape", "reporter_id", VZ_E_REPORT_NOT_FOUND);

VZ_FUNCTION(report_create);
VZ_FUNCTION(report_list);
VZ_FUNCTION(report_get);

/* reason_word is the argument that says why, of a list. */
static char *
reason_word(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	static const char *const words[] = {"spam", "harassment", "hate", "violence", "sexual", "copyright", "impersonation", "other"};
	char	   *word = vz_lower(vz_text_argument(fcinfo, argno));

	for (int i = 0; word != NULL && i < (int) lengthof(words); i++)
		if (strcmp(word, words[i]) == 0)
			return word;
	vz_field_error(wrong, "reason", "must be spam, harassment, hate, violence, sexual, copyright, impersonation or other");
	return NULL;
}

/* words_argument is the argument that says it in own words, which "other" needs. */
static char *
words_argument(FunctionCallInfo fcinfo, int argno, const char *reason, VzRefusal *wrong)
{
	char	   *words = vz_text_argument(fcinfo, argno);

	if (words != NULL && pg_mbstrlen(words) > WORDS_MAX)
		vz_field_error(wrong, "text", psprintf("must have at most %d characters", WORDS_MAX));
	if (words != NULL && words[0] != '\0')
		return words;
	if (reason != NULL && strcmp(reason, "other") == 0)
		vz_field_error(wrong, "text", "must say why");
	return NULL;
}

/* type_argument is the argument that names the type of the subject. */
static VzSubjectType
type_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	char	   *name = vz_lower(vz_text_argument(fcinfo, argno));
	VzSubjectType type = name == NULL ? VZ_NSUBJECT_TYPES : vz_subject_type(name);

	if (type != VZ_NSUBJECT_TYPES && reportables[type].find.sql != NULL)
		return type;
	vz_field_error(wrong, "subject_type", "must be track, comment, playlist or user");
	return VZ_NSUBJECT_TYPES;
}

/* find_subject finds what is reported; raises when the reporter does not see it, or it is the reporter's. */
static VzReported
find_subject(VzSubjectType type, const pg_uuid_t *id)
{
	Reportable *kind = &reportables[type];
	VzReported	subject = {.type = type};
	VzRow		row;

	if (!vz_query_row(&kind->find, VZ_ARGS(vz_arg_uuid(id), vz_arg_viewer(), vz_arg_is_admin()), &row))
		vz_raise(vz_fact_uuid(vz_refusal(kind->not_found), kind->fact, id));
	subject.id = *vz_row_uuid(&row, "id");
	subject.owner_id = *vz_row_uuid(&row, "owner_id");
	subject.excerpt = vz_row_text(&row, "excerpt");
	if (vz_uuid_equal(&subject.owner_id, &vz_actor()->user_id))
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "subject_id", "must not be your own"));
	return subject;
}

/* refuse_second raises REPORT_EXISTS, naming the report that is there. */
static void
refuse_second(const pg_uuid_t *case_id, const pg_uuid_t *reporter_id)
{
	VzRefusal  *r = vz_refusal(VZ_E_REPORT_EXISTS);
	VzRow		row;

	if (vz_query_row(&find_report, VZ_ARGS(vz_arg_uuid(case_id), vz_arg_uuid(reporter_id)), &row))
		vz_fact_uuid(r, "report_id", vz_row_uuid(&row, "id"));
	vz_raise(r);
}

/*
 * report_create reports something that the actor sees to the moderators.
 *
 * Arguments: type and id of the subject, reason, the same in own words.
 */
Datum
report_create(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzSubjectType type = type_argument(fcinfo, 0, wrong);
	char	   *reason = reason_word(fcinfo, 2, wrong);
	char	   *words = words_argument(fcinfo, 3, reason, wrong);
	VzRefusal  *refusal;
	VzReported	subject;
	pg_uuid_t	case_id;
	VzRow		row;
	Datum		json;

	if (PG_ARGISNULL(1))
		vz_field_error(wrong, "subject_id", "is missing");
	vz_raise_if(wrong);
	subject = find_subject(type, PG_GETARG_UUID_P(1));
	refusal = vz_limit_take("report", vz_uuid_text(&actor->user_id), vz_setting_int("report_limit"), SECS_PER_HOUR);
	if (refusal != NULL)
		vz_raise(refusal);
	case_id = vz_case_open(&subject);
	if (!vz_query_row(&insert_report, VZ_ARGS(vz_arg_uuid(&case_id), vz_arg_uuid(&actor->user_id), vz_arg_text(reason),
											  vz_arg_text(words), vz_arg_time(vz_now())), &row))
		refuse_second(&case_id, &actor->user_id);
	vz_set_status(201);
	vz_json_row(&report_answer, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&row, "id"))), &json);
	return json;
}

/* report_list shows the actor's reports. Arguments: page, limit, cursor. */
Datum
report_list(PG_FUNCTION_ARGS)
{
	return vz_own_list(fcinfo, &own_reports);
}

/* report_get shows one of the actor's reports. */
Datum
report_get(PG_FUNCTION_ARGS)
{
	return vz_own_get(fcinfo, &own_reports);
}
