/*
 * moderation_case.c
 *		Cases of moderation (see moderation_case.h).
 */
#include "moderation_case.h"

#include "../core/ground/actor.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/machine/transition.h"
#include "../notification/notify.h"
#include "moderation_states.h"

static VzStore store = {
	.machine = &vz_moderation_case_machine,
	.update = VZ_STMT("update veza_data.moderation_case set state = $2, decided_at = $4, updated_at = $4 where id = $1 and state = $3",
					  UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID)
};

/* Those who report the same share the row; who decides waits for them. */
static VzStmt find_open = VZ_STMT(
	"select id from veza_data.moderation_case where subject_type = $1 and subject_id = $2 and state = 'open' for share",
	TEXTOID, UUIDOID);

static VzStmt insert_case = VZ_STMT(
	"insert into veza_data.moderation_case (subject_type, subject_id, owner_id, state, excerpt, created_at, updated_at)"
	" values ($1, $2, $3, 'open', $4, $5, $5) on conflict (subject_type, subject_id) where state = 'open' do nothing returning id",
	TEXTOID, UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt lock_case = VZ_STMT(
	"select id, subject_type, subject_id, owner_id, state from veza_data.moderation_case where id = $1 for no key update", UUIDOID);

static VzStmt note_decision = VZ_STMT(
	"update veza_data.moderation_case set note = $2, decided_by = $3, is_told = false where id = $1", UUIDOID, TEXTOID, UUIDOID);

static VzStmt untold_reports = VZ_STMT_NO_ARGS(
	"select r.id, r.reporter_id from veza_data.moderation_case k join veza_data.report r on r.case_id = k.id"
	" where not k.is_told and k.state <> 'open' and r.told_at is null"
	" order by k.decided_at limit 200 for no key update of r skip locked");

static VzStmt note_told = VZ_STMT("update veza_data.report set told_at = $2 where id = $1", UUIDOID, TIMESTAMPTZOID);

static VzStmt note_all_told = VZ_STMT_NO_ARGS(
	"update veza_data.moderation_case k set is_told = true"
	" where not is_told and not exists (select from veza_data.report r where r.case_id = k.id and r.told_at is null)");

static VzStmt open_cases_about = VZ_STMT(
	"select id, subject_type, subject_id, owner_id, state from veza_data.moderation_case"
	" where owner_id = $1 and state = 'open' order by id for no key update", UUIDOID);

static VzStmt forget_excerpts = VZ_STMT(
	"update veza_data.moderation_case set excerpt = null where owner_id = $1 and excerpt is not null", UUIDOID);

static VzStmt forget_words = VZ_STMT(
	"update veza_data.report set words = null where reporter_id = $1 and words is not null", UUIDOID);

/* name_of_type has the names of the types, as stored and shown. */
static const char *const name_of_type[VZ_NSUBJECT_TYPES] = {
	[VZ_SUBJECT_TRACK] = "track",
	[VZ_SUBJECT_COMMENT] = "comment",
	[VZ_SUBJECT_PLAYLIST] = "playlist",
	[VZ_SUBJECT_USER] = "user",
};

VzSubjectType
vz_subject_type(const char *name)
{
	int			i = 0;

	while (i < VZ_NSUBJECT_TYPES && strcmp(name_of_type[i], name) != 0)
		i++;
	return (VzSubjectType) i;
}

const char *
vz_subject_type_name(VzSubjectType type)
{
	return name_of_type[type];
}

/* case_of is the case of a row. */
static VzCase
case_of(const VzRow *row)
{
	return (VzCase)
	{
		.id = *vz_row_uuid(row, "id"), .type = vz_subject_type(vz_row_text(row, "subject_type")),
		.subject_id = *vz_row_uuid(row, "subject_id"), .owner_id = *vz_row_uuid(row, "owner_id"), .state = vz_row_text(row, "state")
	};
}

pg_uuid_t
vz_case_open(const VzReported *subject)
{
	VzArg		type = vz_arg_text(name_of_type[subject->type]);
	VzArg		id = vz_arg_uuid(&subject->id);
	VzRow		row;

	/* One that is decided at this moment is open no more when it has been waited for; then there is room for another. */
	for (int i = 0; i < 10; i++)
	{
		if (vz_query_row(&find_open, VZ_ARGS(type, id), &row))
			return *vz_row_uuid(&row, "id");
		if (vz_query_row(&insert_case, VZ_ARGS(type, id, vz_arg_uuid(&subject->owner_id), vz_arg_text(subject->excerpt),
											   vz_arg_time(vz_now())), &row))
		{
			pg_uuid_t	made = *vz_row_uuid(&row, "id");

			vz_transition_created(&store, &made, "report", NULL);
			return made;
		}
	}
	elog(ERROR, "a case is decided as often as it is reported");
}

void
vz_case_lock(FunctionCallInfo fcinfo, int argno, VzCase *found)
{
	VzRow		row;

	if (PG_ARGISNULL(argno) || !vz_query_row(&lock_case, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(argno))), &row))
		vz_raise(PG_ARGISNULL(argno) ? vz_refusal(VZ_E_CASE_NOT_FOUND)
				 : vz_fact_uuid(vz_refusal(VZ_E_CASE_NOT_FOUND), "case_id", PG_GETARG_UUID_P(argno)));
	*found = case_of(&row);
}

void
vz_case_decide(const VzCase *found, const char *event, const char *note)
{
	const VzActor *actor = vz_actor();
	VzAudit		entry = {.action = psprintf("moderation.%s", event), .resource_type = "moderation_case", .reason = note};
	VzTransitionNote why = {.reason = note};

	vz_transition(&store, &found->id, found->state, event, &why);
	vz_execute(&note_decision, VZ_ARGS(vz_arg_uuid(&found->id), vz_arg_text(note),
									   vz_arg_uuid(actor->role != VZ_ROLE_NONE ? &actor->user_id : NULL)));
	entry.resource_id = vz_uuid_text(&found->id);
	entry.details = psprintf("{\"subject_type\":\"%s\",\"subject_id\":\"%s\"}", name_of_type[found->type],
							 vz_uuid_text(&found->subject_id));
	vz_audit(&entry);
	/* Who was reported without reason never hears of it. */
	if (strcmp(event, "close") != 0 && strcmp(event, "leave") != 0)
		vz_notify(&(VzNotification) {.kind = VZ_NOTIFY_REVIEW_DECISION, .user_id = &found->owner_id,
									 .subject_type = "moderation_case", .subject_id = &found->id});
}

int64
vz_job_tell_reporters(void)
{
	VzRows		rows = vz_query_rows(&untold_reports, VZ_NO_ARGS);

	for (uint64 i = 0; i < rows.n; i++)
	{
		const pg_uuid_t *id = vz_row_uuid(&rows.row[i], "id");

		vz_execute(&note_told, VZ_ARGS(vz_arg_uuid(id), vz_arg_time(vz_now())));
		vz_notify(&(VzNotification) {.kind = VZ_NOTIFY_REVIEW_DECISION, .user_id = vz_row_uuid(&rows.row[i], "reporter_id"),
									 .subject_type = "report", .subject_id = id});
	}
	vz_execute(&note_all_told, VZ_NO_ARGS);
	return (int64) rows.n;
}

void
vz_cases_end_account(const pg_uuid_t *user_id)
{
	VzRows		rows = vz_query_rows(&open_cases_about, VZ_ARGS(vz_arg_uuid(user_id)));

	for (uint64 i = 0; i < rows.n; i++)
	{
		VzCase		found = case_of(&rows.row[i]);

		vz_case_decide(&found, "leave", NULL);
	}
	vz_execute(&forget_excerpts, VZ_ARGS(vz_arg_uuid(user_id)));
	vz_execute(&forget_words, VZ_ARGS(vz_arg_uuid(user_id)));
}
