/*
 * list.c
 *		Lists of playlists: what everybody sees, what is one's own, and what one has
 *		to do with.
 *
 * Where playlists come from are branches of one statement, which is planned
 * anew each time: those that are not asked for fall away, the others walk their
 * indexes. Each brings no more than the page needs.
 */
#include "../core/ground/arguments.h"
#include "../core/request/request.h"
#include "../track/key_page.h"
#include "../track/search_index.h"
#include "../user/user.h"
#include "shape.h"

#define SEARCH_CHARS_MAX 200

/* What narrows a list, in this order: who asks, whether as an administrator, the owner, words, is_public, the scope. */
#define NARROWED(user, words, is_public) \
	" and (" user " is null or p.owner_id = " user ") and (" words " is null or p.search @@ " words "::tsquery)" \
	" and (" is_public " is null or (p.visibility = 'public') = " is_public ")"

/* One source of playlists: those of some scopes. */
#define BRANCH(scope, scopes, condition, columns, tail) \
	"(select " columns " from veza_data.playlist p where " scope " in (" scopes ") and " condition tail ")"

/* The playlists that a table has for a user. */
#define LISTED_IN(table, actor) "p.id in (select x.playlist_id from veza_data." table " x where x.user_id = " actor

#define BRANCHES(actor, is_admin, scope, columns, tail) \
	BRANCH(scope, "'public', 'all'", VZ_PLAYLIST_IS_LISTED("p", actor), columns, tail) " union " \
	BRANCH(scope, "'own', 'removed', 'all'", "p.owner_id = " actor " and (p.deleted_at is null) = (" scope " <> 'removed')", \
		   columns, tail) " union " \
	BRANCH(scope, "'collaborated', 'invited', 'all'", \
		   LISTED_IN("playlist_member", actor) " and (x.accepted_at is null) = (" scope " = 'invited')) and " \
		   VZ_PLAYLIST_IS_VISIBLE("p", actor, is_admin), columns, tail) " union " \
	BRANCH(scope, "'followed'", LISTED_IN("playlist_follow", actor) ") and " VZ_PLAYLIST_IS_VISIBLE("p", actor, is_admin), \
		   columns, tail) " union " \
	BRANCH(scope, "'liked'", LISTED_IN("playlist_like", actor) ") and " VZ_PLAYLIST_IS_VISIBLE("p", actor, is_admin), \
		   columns, tail)

#define PAGE(key, key_text, key_of_text, than, direction) \
	VZ_STMT_SEARCH( \
	"with found as materialized (" \
	"  select x.* from (" \
	BRANCHES("$5", "$6", "$10", "p.id, " key " as key, " key_text " as key_text", \
			 NARROWED("$7", "$8", "$9") \
			 " and ($1 is null or (" key ", p.id) " than " (" key_of_text ", $2::uuid))" \
			 " order by " key direction ", p.id" direction " limit $3 + $4") \
	") x order by x.key" direction ", x.id" direction " limit $3 offset $4)" \
	" select " VZ_PLAYLIST_COLUMNS("$5", "$6") ", f.key_text::text as sort_key" \
	"   from found f join veza_data.playlist_base s on s.id = f.id" VZ_PLAYLIST_COVERS("$5", "$6") \
	"  order by f.key" direction ", f.id" direction, \
	TEXTOID, TEXTOID, INT4OID, INT4OID, UUIDOID, BOOLOID, UUIDOID, TEXTOID, BOOLOID, TEXTOID)

#define TIME_KEY(column) "(extract(epoch from " column ") * 1000000)::bigint"
#define BY_TIME(column) \
	{PAGE(column, TIME_KEY(column), "timestamptz 'epoch' + $1::bigint * interval '1 microsecond'", "<", " desc"), \
	 PAGE(column, TIME_KEY(column), "timestamptz 'epoch' + $1::bigint * interval '1 microsecond'", ">", "")}
#define BY_NAME \
	{PAGE("p.name_key collate \"C\"", "p.name_key", "$1 collate \"C\"", "<", " desc"), \
	 PAGE("p.name_key collate \"C\"", "p.name_key", "$1 collate \"C\"", ">", "")}

/* What the list can be sorted by: down and up. The first is the default. */
static struct
{
	const char *name;
	VzCursorKind kind;
	VzStmt		pages[2];
}			playlist_orders[] = {
	{"created_at", VZ_CURSOR_NUMBER, BY_TIME("p.created_at")},
	{"updated_at", VZ_CURSOR_NUMBER, BY_TIME("p.updated_at")},
	{"name", VZ_CURSOR_TEXT, BY_NAME},
};

static VzStmt count_playlists = VZ_STMT_SEARCH(
	"select count(*) as n from (" BRANCHES("$1", "$2", "$6", "p.id", NARROWED("$3", "$4", "$5")) ") x",
	UUIDOID, BOOLOID, UUIDOID, TEXTOID, BOOLOID, TEXTOID);

VZ_FUNCTION(playlist_list);

enum
{
	ARG_PAGE, ARG_LIMIT, ARG_CURSOR, ARG_SCOPE, ARG_USER, ARG_SEARCH, ARG_IS_PUBLIC, ARG_SORT, ARG_ORDER, ARG_TOTAL
};

/* read_scope reads where playlists come from; the default is all, which for nobody is what is public. */
static const char *
read_scope(FunctionCallInfo fcinfo, bool is_known, VzRefusal *wrong)
{
	static const char *const scopes[] = {"all", "public", "own", "collaborated", "invited", "followed", "liked", "removed"};
	char	   *scope = vz_lower(vz_text_argument(fcinfo, ARG_SCOPE));

	if (scope == NULL || scope[0] == '\0')
		return is_known ? "all" : "public";
	for (int i = 0; i < (int) lengthof(scopes); i++)
		if (strcmp(scope, scopes[i]) == 0)
			return scopes[i];
	vz_field_error(wrong, "scope", "must be public, own, collaborated, invited, followed, liked or removed");
	return "public";
}

/* read_words_of_search reads what is searched for, as a tsquery; NULL: nothing. */
static VzArg
read_words_of_search(FunctionCallInfo fcinfo, VzRefusal *wrong)
{
	char	   *text = vz_text_argument(fcinfo, ARG_SEARCH);
	VzSearch	search;

	if (text == NULL || text[0] == '\0')
		return vz_arg_null();
	if (pg_mbstrlen(text) > SEARCH_CHARS_MAX)
	{
		vz_field_error(wrong, "search", psprintf("must have at most %d characters", SEARCH_CHARS_MAX));
		return vz_arg_null();
	}
	search = vz_search_query(text);
	if (search.folded[0] == '\0')
		vz_field_error(wrong, "search", "must have letters or digits");
	return vz_arg_text(vz_search_all(&search, VZ_SEARCH_NEAR, NULL));
}

/* read_playlist_order finds the order; returns twice its number, plus 1 for up. */
static int
read_playlist_order(FunctionCallInfo fcinfo, VzRefusal *wrong)
{
	char	   *sort = vz_lower(vz_text_argument(fcinfo, ARG_SORT));
	char	   *way = vz_lower(vz_text_argument(fcinfo, ARG_ORDER));
	bool		is_down = sort != NULL && sort[0] == '-';
	int			found = 0;

	if (sort != NULL && sort[is_down] != '\0')
		while (found < (int) lengthof(playlist_orders) && strcmp(sort + is_down, playlist_orders[found].name) != 0)
			found++;
	if (found == (int) lengthof(playlist_orders))
	{
		vz_field_error(wrong, "sort", "must be created_at, updated_at or name");
		found = 0;
	}
	if (way == NULL || way[0] == '\0')
		return found * 2 + (!is_down && playlist_orders[found].kind == VZ_CURSOR_TEXT ? 1 : 0);
	if (strcmp(way, "asc") != 0 && strcmp(way, "desc") != 0)
		vz_field_error(wrong, "order", "must be asc or desc");
	return found * 2 + (strcmp(way, "asc") == 0 ? 1 : 0);
}

/* argument_or_null is an argument that needs no judgment. */
static VzArg
argument_or_null(FunctionCallInfo fcinfo, int argno)
{
	return vz_arg_datum(PG_GETARG_DATUM(argno), PG_ARGISNULL(argno));
}

/*
 * playlist_list pages through playlists.
 *
 * Arguments: page, limit, cursor; scope, owner, words, whether public; sort, order; whether all are counted.
 */
Datum
playlist_list(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	const VzActor *actor = vz_user_actor();
	bool		is_known = actor->role != VZ_ROLE_NONE;
	const char *scope = read_scope(fcinfo, is_known, wrong);
	int			order = read_playlist_order(fcinfo, wrong);
	VzArg		words = read_words_of_search(fcinfo, wrong);
	VzKeyRows	from = {.all = &playlist_orders[order / 2].pages[order % 2]};
	VzKeyPage	page;
	VzArg		filters[] = {
		vz_arg_viewer(), vz_arg_bool(actor->role == VZ_ROLE_ADMIN), argument_or_null(fcinfo, ARG_USER), words,
		argument_or_null(fcinfo, ARG_IS_PUBLIC), vz_arg_text(scope)
	};

	if (!is_known && strcmp(scope, "public") != 0 && strcmp(scope, "all") != 0)
		vz_raise_error(VZ_E_AUTH_REQUIRED);
	vz_key_page_read(fcinfo, ARG_PAGE, order, playlist_orders[order / 2].kind, &page, wrong);
	vz_raise_if(wrong);
	if (!PG_ARGISNULL(ARG_TOTAL) && PG_GETARG_BOOL(ARG_TOTAL))
		from.count = &count_playlists;
	return vz_key_page_answer(&page, &from, lengthof(filters), filters);
}
