/*
 * directory.c
 *		Finding users: the list and the search.
 *
 * Whoever may be seen is found, by anybody who is logged in. A search looks
 * at the beginnings of usernames and of names as shown, never at addresses.
 * The orders of the list are statements of their own, so that each walks its
 * index; a search sorts what it has found.
 */
#include "user.h"

#include "../core/ground/arguments.h"
#include "../core/request/page.h"
#include "visibility.h"

#define SEARCH_MIN 2
#define SEARCH_MAX 50

/* Who is found, among u; the role is that of public_user_shape, without a look at each row twice. */
#define FOUND(except, role) \
	" where " VZ_USER_IS_SHOWN("u", "$1") " and u.id is distinct from " except \
	"   and (" role " is null or " role " = " VZ_EFFECTIVE_ROLE("u.") ")"

/* Arguments: who looks, created_at and id of the last one seen, limit, offset, whom not to list, role. */
#define LISTED "select s.* from veza_data.users u join veza_data.public_user_shape s on s.id = u.id" FOUND("$6", "$7")
#define LIST_TYPES UUIDOID, TIMESTAMPTZOID, UUIDOID, INT4OID, INT4OID, UUIDOID, TEXTOID
#define LAST_NAME_SEEN "(select lower(l.username) collate \"C\" from veza_data.users l where l.id = $3)"

static VzStmt newest_first = VZ_STMT(
	LISTED " and (u.created_at, u.id) < (coalesce($2, 'infinity'), coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))"
	" order by u.created_at desc, u.id desc limit $4 offset $5",
	LIST_TYPES);

static VzStmt oldest_first = VZ_STMT(
	LISTED " and (u.created_at, u.id) > (coalesce($2, '-infinity'), coalesce($3, '00000000-0000-0000-0000-000000000000'))"
	" order by u.created_at, u.id limit $4 offset $5",
	LIST_TYPES);

static VzStmt by_name = VZ_STMT(
	LISTED " and lower(u.username) collate \"C\" > coalesce(" LAST_NAME_SEEN ", '')"
	" order by lower(u.username) collate \"C\" limit $4 offset $5",
	LIST_TYPES);

static VzStmt by_name_backwards = VZ_STMT(
	LISTED " and lower(u.username) collate \"C\" < coalesce(" LAST_NAME_SEEN ", '~')"
	" order by lower(u.username) collate \"C\" desc limit $4 offset $5",
	LIST_TYPES);

static VzStmt count_listed = VZ_STMT(
	"select count(*) as n from veza_data.users u" FOUND("$2", "$3"), UUIDOID, UUIDOID, TEXTOID);

/* Everything that begins with the text lies between it and it with the last character behind it. */
#define BEGINS(expression, argument) \
	"(" expression " collate \"C\" >= lower(" argument ") and " \
	expression " collate \"C\" < lower(" argument ") || U&'\\+10FFFF')"

/* The same, and: text searched for, order. */
static VzStmt found_page = VZ_STMT(
	LISTED " and (" BEGINS("lower(u.username)", "$8") " or " BEGINS("lower(u.display_name)", "$8") ")"
	" and ($3 is null or case $9 when 'newest' then (u.created_at, u.id) < ($2, $3)"
	"                            when 'oldest' then (u.created_at, u.id) > ($2, $3)"
	"                            when 'name' then lower(u.username) collate \"C\" > " LAST_NAME_SEEN
	"                            else lower(u.username) collate \"C\" < " LAST_NAME_SEEN " end)"
	" order by case $9 when 'newest' then u.created_at end desc, case $9 when 'newest' then u.id end desc,"
	"          case $9 when 'oldest' then u.created_at end, case $9 when 'oldest' then u.id end,"
	"          case $9 when 'name' then lower(u.username) collate \"C\" end,"
	"          case $9 when 'backwards' then lower(u.username) collate \"C\" end desc"
	" limit $4 offset $5",
	LIST_TYPES, TEXTOID, TEXTOID);

/* Takes the order, too, because the page does, and has no use for it. */
static VzStmt count_found = VZ_STMT(
	"select count(*) as n from veza_data.users u" FOUND("$2", "$3")
	"   and $5 is not null and (" BEGINS("lower(u.username)", "$4") " or " BEGINS("lower(u.display_name)", "$4") ")",
	UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID);

/* The orders, by what clients say; the first is the default of a list. */
static const struct
{
	const char *sort;
	const char *order;
	const char *name;
	VzStmt	   *rows;
}			orders[] = {
	{"created_at", "desc", "newest", &newest_first},
	{"created_at", "asc", "oldest", &oldest_first},
	{"username", "asc", "name", &by_name},
	{"username", "desc", "backwards", &by_name_backwards},
};

/* What is asked for. */
typedef struct Wanted
{
	VzPage		page;
	const char *search;			/* NULL: everybody */
	const char *role;			/* NULL: any */
	size_t		order;
} Wanted;

VZ_FUNCTION(user_list);
VZ_FUNCTION(user_except_me);
VZ_FUNCTION(user_search);

/* read_search reads and judges the text that is searched for. */
static void
read_search(Wanted *q, VzRefusal *wrong, const char *field, const char *text)
{
	int			chars = text == NULL ? 0 : pg_mbstrlen(text);

	q->search = text;
	if (chars < SEARCH_MIN || chars > SEARCH_MAX)
		vz_field_error(wrong, field, "must have 2 to 50 characters");
}

/* read_order finds the order; half of one is completed, none is the newest first. */
static void
read_order(Wanted *q, VzRefusal *wrong, char *sort, char *order)
{
	for (q->order = 0; q->order < lengthof(orders); q->order++)
		if ((sort == NULL || strcmp(sort, orders[q->order].sort) == 0) &&
			(order == NULL || pg_strcasecmp(order, orders[q->order].order) == 0))
			return;
	if (sort != NULL && strcmp(sort, "created_at") != 0 && strcmp(sort, "username") != 0)
		vz_field_error(wrong, "sort", "must be created_at or username");
	else
		vz_field_error(wrong, "order", "must be asc or desc");
}

/* answer_directory answers the page. */
static Datum
answer_directory(const Wanted *q, const pg_uuid_t *except)
{
	const pg_uuid_t *viewer = &vz_require_user()->user_id;
	VzArg		role = vz_arg_text(q->role);

	if (q->search == NULL)
		return vz_page_answer_filtered(&q->page, orders[q->order].rows, &count_listed, viewer, VZ_ARGS(vz_arg_uuid(except), role));
	return vz_page_answer_filtered(&q->page, &found_page, &count_found, viewer,
								   VZ_ARGS(vz_arg_uuid(except), role, vz_arg_text(q->search), vz_arg_text(orders[q->order].name)));
}

/* list_directory answers a page of the directory without one user (NULL: with all). */
static Datum
list_directory(FunctionCallInfo fcinfo, const pg_uuid_t *except)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *search = vz_text_argument(fcinfo, 3);
	Wanted		q = {.role = vz_text_argument(fcinfo, 4)};

	if (search != NULL && search[0] != '\0')
		read_search(&q, wrong, "search", search);
	read_order(&q, wrong, vz_text_argument(fcinfo, 5), vz_text_argument(fcinfo, 6));
	if (q.role != NULL && vz_role_from_name(q.role) == VZ_ROLE_NONE)
		vz_field_error(wrong, "role", "must be user, premium, creator, artist, producer, label or admin");
	vz_raise_if(wrong);
	vz_page_read(fcinfo, 0, &q.page);
	return answer_directory(&q, except);
}

/*
 * user_list pages through the directory.
 *
 * Arguments: page, limit, cursor, text searched for, role, sort, order.
 */
Datum
user_list(PG_FUNCTION_ARGS)
{
	vz_require_user();
	return list_directory(fcinfo, NULL);
}

/* user_except_me pages through the directory without the actor. */
Datum
user_except_me(PG_FUNCTION_ARGS)
{
	return list_directory(fcinfo, &vz_require_user()->user_id);
}

/* user_search pages through the users whose username, or name as shown, begins with a text, by username. */
Datum
user_search(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	Wanted		q = {0};

	vz_require_user();
	read_search(&q, wrong, "q", vz_text_argument(fcinfo, 3));
	read_order(&q, wrong, "username", "asc");
	vz_raise_if(wrong);
	vz_page_read(fcinfo, 0, &q.page);
	return answer_directory(&q, NULL);
}
