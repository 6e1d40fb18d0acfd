/*
 * digest_text.c
 *		What stands in a digest (see digest_text.h).
 *
 * A line for each notification that is unread still, by the template
 * digest_<kind>, or digest_<kind>_you when what it is about has no title. The
 * template's body names who did it; where nobody is named, its subject stands.
 */
#include "digest_text.h"

#include "../mail/fill.h"
#include "../notification/digest.h"
#include "notification_sight.h"
#include "ordered.h"

#include "lib/stringinfo.h"

#define LINES_MAX 20

/* Whoever has switched digests off since gets none. */
static VzStmt reader_zone = VZ_STMT(
	"select timezone from veza_data.users"
	" where id = $1 and status = 'active' and is_verified and preferences #>> '{notifications,digest}' in ('daily', 'weekly')"
	"   and coalesce((preferences #>> '{notifications,email}')::boolean, true)",
	UUIDOID);

static VzStmt unread_between = VZ_STMT(
	"select case when " VZ_USER_IS_SHOWN("a", "$1") " then coalesce(a.display_name, a.username) end as actor, s.title,"
	"       'digest_' || n.kind || case when s.title is null then '_you' else '' end as template, n.n,"
	"       to_char(n.created_at at time zone $3, 'YYYY-MM-DD HH24:MI') as at"
	VZ_NOTIFICATIONS_SEEN("$1") " and n.read_at is null"
	"   and n.created_at between ($2 ->> 'since')::timestamptz and ($2 ->> 'until')::timestamptz"
	" order by n.created_at desc, n.id desc limit $4",
	UUIDOID, JSONBOID, TEXTOID, INT4OID);

/* append_line appends what one notification says, as a paragraph. */
static void
append_line(StringInfo text, const VzRow *row, const char *language)
{
	char	   *actor = vz_row_text(row, "actor");
	VzTemplateValue values[] = {{"actor", actor}, {"subject", vz_row_text(row, "title")}};
	VzRow		template;
	char	   *line;

	vz_mail_find_template(vz_row_text(row, "template"), language, &template);
	line = vz_row_text(&template, actor != NULL ? "body" : "subject");
	appendStringInfo(text, "%s  %s", vz_row_text(row, "at"), vz_mail_fill(line, values, lengthof(values)));
	if (vz_row_int4(row, "n") > 1)
		appendStringInfo(text, " (×%d)", vz_row_int4(row, "n"));
	appendStringInfoString(text, "\n\n");
}

char *
vz_digest_text(const pg_uuid_t *user_id, const char *language, Datum data)
{
	StringInfoData text;
	const char *zone;
	VzRow		reader;
	VzRow		more;
	VzRows		rows;
	int			level;

	if (!vz_query_row(&reader_zone, VZ_ARGS(vz_arg_uuid(user_id)), &reader))
		return NULL;
	zone = vz_digest_zone(vz_row_text(&reader, "timezone"));
	level = vz_ordered_begin();
	rows = vz_query_rows(&unread_between, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_datum(data, false), vz_arg_text(zone),
												  vz_arg_int4(LINES_MAX + 1)));
	vz_ordered_end(level);
	if (rows.n == 0)
		return NULL;
	initStringInfo(&text);
	for (uint64 i = 0; i < Min(rows.n, LINES_MAX); i++)
		append_line(&text, &rows.row[i], language);
	if (rows.n > LINES_MAX)
	{
		vz_mail_find_template("digest_more", language, &more);
		appendStringInfoString(&text, vz_row_text(&more, "body"));
	}
	while (text.len > 0 && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	return text.data;
}
