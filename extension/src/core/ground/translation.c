/*
 * translation.c
 *		Sentences to the user (see translation.h).
 */
#include "translation.h"

#include "json.h"
#include "query.h"
#include "actor.h"

static VzStmt find_translation = VZ_STMT(
	"select translation from veza.translation where language = $1 and english = $2", TEXTOID, TEXTOID);

const char *
vz_translate(const char *english)
{
	const char *language = vz_actor()->language;
	VzRow		row;

	if (language[0] == '\0' || strcmp(language, "en") == 0 ||
		!vz_query_row(&find_translation, VZ_ARGS(vz_arg_text(language), vz_arg_text(english)), &row))
		return english;
	return vz_row_text(&row, "translation");
}

Datum
vz_message_answer(const char *english)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"message\":");
	escape_json(&json, vz_translate(english));
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}
