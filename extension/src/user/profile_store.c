/*
 * profile_store.c
 *		Storing a change of a profile, and what its readers share (see user.h).
 */
#include "user.h"

#include "../core/ground/attempt.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/request/condition.h"
#include "profile_rules.h"
#include "pgtime.h"

static VzStmt lock_user = VZ_STMT(
	"select username, email, is_verified, social_links, preferences, revision from veza_data.users"
	" where id = $1 and status <> 'deleted' for no key update",
	UUIDOID);

static VzStmt find_namesake = VZ_STMT(
	"select from veza_data.users where lower(username) = lower($1) and id <> $2", TEXTOID, UUIDOID);

/* NULL leaves a column as it is, an empty text empties it. */
static VzStmt update_user = VZ_STMT(
	"update veza_data.users"
	"   set username = coalesce($2, username),"
	"       first_name = nullif(coalesce($3, first_name), ''), last_name = nullif(coalesce($4, last_name), ''),"
	"       display_name = nullif(coalesce($5, display_name), ''), bio = nullif(coalesce($6, bio), ''),"
	"       location = nullif(coalesce($7, location), ''), website = nullif(coalesce($8, website), ''),"
	"       timezone = coalesce($9, timezone), language = coalesce($10, language),"
	"       pending_email = nullif(coalesce($11, pending_email), ''),"
	"       social_links = coalesce($12, social_links), preferences = coalesce($13, preferences),"
	"       skills = coalesce($14, skills), updated_at = $15, revision = revision + 1"
	" where id = $1",
	UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
	JSONBOID, JSONBOID, TEXTARRAYOID, TIMESTAMPTZOID);

/* A change on its way into the table. */
typedef struct Storing
{
	const pg_uuid_t *id;
	const VzProfileChange *change;
} Storing;

void
vz_profile_lock(const pg_uuid_t *id, VzRow *user)
{
	if (!vz_query_row(&lock_user, VZ_ARGS(vz_arg_uuid(id)), user))
		vz_raise_error(VZ_E_USER_NOT_FOUND);
	vz_check_version(id, vz_row_int8(user, "revision"));
}

/* store_profile updates the row. */
static void
store_profile(void *state)
{
	const Storing *s = state;
	const VzProfileChange *c = s->change;

	vz_execute(&update_user,
			   VZ_ARGS(vz_arg_uuid(s->id), vz_arg_text(c->username), vz_arg_text(c->first_name),
					   vz_arg_text(c->last_name), vz_arg_text(c->display_name), vz_arg_text(c->bio),
					   vz_arg_text(c->location), vz_arg_text(c->website), vz_arg_text(c->timezone),
					   vz_arg_text(c->language), vz_arg_text(c->pending_email), vz_arg_jsonb(c->social_links),
					   vz_arg_jsonb(c->preferences), c->skills, vz_arg_time(vz_now())));
}

void
vz_profile_store(const pg_uuid_t *id, const VzProfileChange *change, const char *action, const char *fields)
{
	VzAudit		entry = {.action = action, .resource_type = "user"};
	Storing		storing = {id, change};
	VzRow		row;

	/* A name that is taken at this moment, by a transaction that has not ended yet, is found by the index. */
	if (change->username != NULL &&
		(vz_query_row(&find_namesake, VZ_ARGS(vz_arg_text(change->username), vz_arg_uuid(id)), &row) ||
		 !vz_attempt_unique(store_profile, &storing)))
		vz_raise(vz_fact(vz_refusal(VZ_E_USER_ALREADY_EXISTS), "field", "username"));
	if (change->username == NULL)
		store_profile(&storing);
	/* Names of fields only: the log outlives the account. */
	entry.resource_id = vz_uuid_text(id);
	entry.details = psprintf("{\"fields\":[%s]}", fields);
	vz_audit(&entry);
}

const char *
vz_timezone_check(VzRefusal *wrong, const char *name)
{
	const char *problem = vz_profile_problem(VZ_PROFILE_TIMEZONE, name, pg_mbstrlen(name));
	pg_tz	   *zone = problem == NULL ? pg_tzset(name) : NULL;
	const char *proper = zone != NULL ? pg_get_timezone_name(zone) : NULL;

	/* Copies of the data base under names in lower case (posix/, right/) are no zones of their own. */
	if (proper != NULL && proper[0] >= 'A' && proper[0] <= 'Z' && pg_tz_acceptable(zone))
		return proper;
	/* A name without a zone is as good as no name. */
	vz_field_error(wrong, "timezone", problem ? problem : vz_profile_problem(VZ_PROFILE_TIMEZONE, "", 0));
	return NULL;
}

void
vz_language_check(VzRefusal *wrong, const char *language)
{
	const char *problem = vz_profile_problem(VZ_PROFILE_LANGUAGE, language, pg_mbstrlen(language));

	if (problem != NULL)
		vz_field_error(wrong, "language", problem);
}
