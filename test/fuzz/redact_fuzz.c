/*
 * redact_fuzz.c
 *		Statements of strangers: what is shown of them fits, has no quote outside
 *		of names, and nothing of a constant.
 */
#include "../../extension/src/admin/redact.h"
#include "fuzz.h"

/* quoted makes a statement with the text as its one constant, the way clients quote. */
static char *
quoted(const char *text)
{
	char	   *sql = malloc(2 * strlen(text) + 16);
	char	   *p = stpcpy(sql, "select '");

	for (; *text != '\0'; text++)
	{
		*p++ = *text;
		if (*text == '\'')
			*p++ = '\'';
	}
	stpcpy(p, "'");
	return sql;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);
	char	   *sql = quoted(text);
	size_t		room = 8 + size % 300;
	char	   *out = malloc(room);
	char		whole[16];
	bool		is_name = false;
	size_t		len = vz_redact_sql(text, out, room);

	promise(len < room && strlen(out) == len);
	for (const char *p = out; *p != '\0'; p++)
	{
		is_name ^= *p == '"';
		promise((unsigned char) *p >= ' ' && (*p != '\'' || is_name));
	}
	vz_redact_sql(sql, whole, sizeof(whole));
	promise(strcmp(whole, "select ?") == 0 || strcmp(whole, "select ?" VZ_REDACT_CUT) == 0);
	free(out);
	free(sql);
	free(text);
	return 0;
}
