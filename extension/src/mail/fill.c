/*
 * fill.c
 *		Templates of mails, filled in (see fill.h).
 */
#include "fill.h"

#include "lib/stringinfo.h"

static VzStmt find_template = VZ_STMT(
	"select language, subject, body from veza.mail_template where name = $1 and language in ($2, 'en')"
	" order by language = 'en' limit 1",
	TEXTOID, TEXTOID);

void
vz_mail_find_template(const char *name, const char *language, VzRow *template)
{
	if (!vz_query_row(&find_template, VZ_ARGS(vz_arg_text(name), vz_arg_text(language)), template))
		elog(ERROR, "there is no mail template \"%s\"", name);
}

/* append_filled is the writer of templates. */
static void
append_filled(void *out, const char *data, size_t len)
{
	appendBinaryStringInfo(out, data, (int) len);
}

char *
vz_mail_fill(const char *text, const VzTemplateValue *values, size_t nvalues)
{
	StringInfoData out;

	initStringInfo(&out);
	if (!vz_template_fill(text, values, nvalues, append_filled, &out))
		elog(ERROR, "a mail template has a name without a value");
	return out.data;
}
