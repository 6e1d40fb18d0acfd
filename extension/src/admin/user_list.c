/*
 * user_list.c
 *		The accounts as administrators see them, and the figures of the dashboard.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/json.h"
#include "../core/request/page.h"
#include "../core/request/request.h"
#include "user_change.h"

/* $1 text, $2 role, $3 status; the text is sought in usernames and addresses. */
#define MATCHES \
	"where ($1 is null or strpos(lower(username), $1) > 0 or strpos(email, $1) > 0)" \
	"  and ($2 is null or role = $2) and ($3 is null or status = $3)"

/* The newest first: by an index, without looking at the other accounts. */
static VzStmt newest = VZ_STMT_SEARCH(
	"select * from veza_data.admin_user_shape " MATCHES
	" order by created_at desc, id desc limit $4 offset $5",
	TEXTOID, TEXTOID, TEXTOID, INT4OID, INT4OID);

static VzStmt sorted = VZ_STMT_SEARCH(
	"select s.* from (select u.*, row_number() over (order by"
	"    case when $6 = 'username' then lower(username) when $6 = 'email' then email when $6 = 'role' then role"
	"         when $6 = 'status' then status end nulls first,"
	"    case when $6 = 'created_at' then created_at when $6 = 'updated_at' then updated_at"
	"         when $6 = 'last_login_at' then last_login_at end nulls first, id) as place"
	"   from veza_data.users u " MATCHES ") k"
	"  join veza_data.admin_user_shape s on s.id = k.id"
	" order by case when $7 then -place else place end limit $4 offset $5",
	TEXTOID, TEXTOID, TEXTOID, INT4OID, INT4OID, TEXTOID, BOOLOID);

static VzStmt count_matches = VZ_STMT_SEARCH(
	"select count(*) as n from veza_data.users " MATCHES, TEXTOID, TEXTOID, TEXTOID);

static VzStmt figures = VZ_STMT_NO_ARGS("select * from veza_data.admin_dashboard_shape");

VZ_FUNCTION(admin_user_list);
VZ_FUNCTION(admin_user);
VZ_FUNCTION(admin_dashboard);

/* word_argument returns a text argument that is one of the words between commas; another one becomes a field error. */
static char *
word_argument(FunctionCallInfo fcinfo, int argno, const char *field, const char *words, VzRefusal *wrong)
{
	char	   *value = vz_text_argument(fcinfo, argno);

	if (value == NULL || value[0] == '\0')
		return NULL;
	if (strchr(value, ',') != NULL || strstr(words, psprintf(",%s,", value)) == NULL)
		vz_field_error(wrong, field, psprintf("must be one of %.*s", (int) strlen(words) - 2, words + 1));
	return value;
}

/*
 * admin_user_list lists accounts.
 *
 * Arguments: text, role, status, column to sort by, asc or desc, page, limit.
 */
Datum
admin_user_list(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzArg		text;
	VzArg		role;
	VzArg		status;
	char	   *sort;
	char	   *order;
	VzPage		page;
	VzArg		limit;
	VzArg		offset;
	VzRow		row;
	Datum		json;

	vz_require_admin();
	text = vz_arg_text(vz_lower(vz_text_argument(fcinfo, 0)));
	role = vz_arg_text(word_argument(fcinfo, 1, "role", ",user,premium,creator,artist,producer,label,admin,", wrong));
	status = vz_arg_text(word_argument(fcinfo, 2, "status", ",active,suspended,deleted,", wrong));
	sort = word_argument(fcinfo, 3, "sort", ",created_at,updated_at,last_login_at,username,email,role,status,", wrong);
	order = word_argument(fcinfo, 4, "order", ",asc,desc,", wrong);
	vz_page_read_numbers(fcinfo, 5, &page, wrong);
	vz_raise_if(wrong);

	limit = vz_arg_int4(page.limit);
	offset = vz_arg_int4((page.page - 1) * page.limit);
	if ((sort == NULL || strcmp(sort, "created_at") == 0) && (order == NULL || strcmp(order, "desc") == 0))
		json = vz_json_rows(&newest, VZ_ARGS(text, role, status, limit, offset), NULL);
	else
		json = vz_json_rows(&sorted,
							VZ_ARGS(text, role, status, limit, offset, vz_arg_text(sort ? sort : "created_at"),
									vz_arg_bool(order != NULL && strcmp(order, "desc") == 0)), NULL);
	vz_query_row(&count_matches, VZ_ARGS(text, role, status), &row);
	vz_page_meta(&page, vz_row_int8(&row, "n"), true, NULL);
	return json;
}

/* admin_user shows an account in full, deleted ones included. */
Datum
admin_user(PG_FUNCTION_ARGS)
{
	vz_require_admin();
	return vz_user_answer(PG_ARGISNULL(0) ? NULL : PG_GETARG_UUID_P(0));
}

/* admin_dashboard shows how much there is of everything. */
Datum
admin_dashboard(PG_FUNCTION_ARGS)
{
	Datum		json;

	vz_require_admin();
	vz_json_row(&figures, VZ_NO_ARGS, &json);
	return json;
}
