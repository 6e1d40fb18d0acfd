/*
 * condition.c
 *		Conditions of a request (see condition.h). Source: RFC 9110 13.
 */
#include "condition.h"

#include "../entity_tag.h"
#include "../ground/actor.h"
#include "../ground/refusal.h"
#include "../ground/response.h"

/* The conditions of the present request, as they were sent; NULL: none. A list may be as long as a head. */
static char *wanted;
static char *unwanted;

/* keep_text replaces a text that outlives the statement: the phases of a procedure have the same request. */
static void
keep_text(char **place, const char *text)
{
	if (*place != NULL)
		pfree(*place);
	*place = NULL;
	if (text != NULL)
		*place = MemoryContextStrdup(TopMemoryContext, text);
}

void
vz_conditions_take(const char *if_match, const char *if_none_match)
{
	keep_text(&wanted, if_match);
	keep_text(&unwanted, if_none_match);
}

/* is_named says whether the list names what is there; one that cannot be read counts as if_broken says. */
static bool
is_named(const char *list, bool is_there, const char *version, const char *tag, bool if_broken)
{
	switch (vz_tags_judge(list, version))
	{
		case VZ_TAGS_NAME_IT:
			return true;
		case VZ_TAGS_ANY:
			return is_there;
		case VZ_TAGS_NAME_OTHERS:
			return tag != NULL && vz_tags_judge(list, tag) == VZ_TAGS_NAME_IT;
		case VZ_TAGS_BROKEN:
			break;
	}
	return if_broken;
}

/* require_conditions raises unless the conditions hold. A condition that cannot be read does not. */
static void
require_conditions(const pg_uuid_t *row_id, int64 revision, bool is_there, const char *tag)
{
	char	   *version;

	if (!vz_actor()->is_http || (wanted == NULL && unwanted == NULL))
		return;
	version = vz_version_tag(row_id, revision);
	if ((wanted != NULL && !is_named(wanted, is_there, version, tag, false)) ||
		(unwanted != NULL && is_named(unwanted, is_there, version, tag, true)))
		vz_raise(vz_fact(vz_refusal(VZ_E_PRECONDITION_FAILED), "etag", psprintf("\"%s\"", version)));
}

void
vz_check_version(const pg_uuid_t *row_id, int64 revision)
{
	require_conditions(row_id, revision, true, NULL);
}

void
vz_check_part(const pg_uuid_t *row_id, int64 revision, const char *tag)
{
	require_conditions(row_id, revision, tag != NULL, tag);
}
