/*
 * refusal.c
 *		Two ways to refuse, by one catalogue (see refusal.h).
 *
 * A raised refusal carries its machine-readable details in the error field
 * PG_DIAG_DATATYPE_NAME and its Retry-After in PG_DIAG_COLUMN_NAME: fields of
 * the wire protocol that psql does not show by default and that no refusal
 * needs for their first purpose.
 */
#include "refusal.h"
#include "actor.h"
#include "response.h"

struct VzRefusal
{
	VzError		error;
	StringInfoData details;		/* the members of a JSON object, or the items of an array */
	StringInfoData detail;		/* the same for a human reader */
	bool		is_fields;		/* details is an array of field errors */
	const char *hint;
	int			retry_after_s;
};

#define FACT_MAX 200			/* characters of a fact that are shown; most facts repeat what the caller sent */

static emit_log_hook_type previous_emit_log_hook = NULL;

VzRefusal *
vz_refusal(VzError error)
{
	VzRefusal  *r = palloc0(sizeof(VzRefusal));

	r->error = error;
	initStringInfo(&r->details);
	initStringInfo(&r->detail);
	return r;
}

/* add_fact appends one member; json is its value as JSON, text as a reader wants it. */
static VzRefusal *
add_fact(VzRefusal *r, const char *name, const char *json, const char *text)
{
	if (r->details.len > 0)
		appendStringInfoChar(&r->details, ',');
	escape_json(&r->details, name);
	appendStringInfo(&r->details, ":%s", json);
	appendStringInfo(&r->detail, "%s%s: %s", r->detail.len > 0 ? "; " : "", name, text);
	return r;
}

/* json_string returns the text as a JSON string. */
static char *
json_string(const char *text)
{
	StringInfoData buf;

	initStringInfo(&buf);
	escape_json(&buf, text);
	return buf.data;
}

/* cut_text returns a text as a fact or a field error shows it: cut, with an ellipsis, when it is long. */
static const char *
cut_text(const char *text)
{
	int			len = (int) strlen(text);
	int			kept = pg_mbcharcliplen(text, len, FACT_MAX);

	return kept == len ? text : psprintf("%.*s...", kept, text);
}

VzRefusal *
vz_fact(VzRefusal *r, const char *name, const char *value)
{
	if (value == NULL)
		return r;
	value = cut_text(value);
	return add_fact(r, cut_text(name), json_string(value), value);
}

VzRefusal *
vz_fact_uuid(VzRefusal *r, const char *name, const pg_uuid_t *value)
{
	if (value == NULL)
		return r;
	return vz_fact(r, name, DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(value))));
}

VzRefusal *
vz_fact_int(VzRefusal *r, const char *name, int64 value)
{
	char	   *text = psprintf(INT64_FORMAT, value);

	return add_fact(r, name, text, text);
}

VzRefusal *
vz_fact_bool(VzRefusal *r, const char *name, bool value)
{
	return add_fact(r, name, value ? "true" : "false", value ? "true" : "false");
}

VzRefusal *
vz_fact_list(VzRefusal *r, const char *name, const char *comma_separated)
{
	StringInfoData json;
	char	   *copy = pstrdup(comma_separated = cut_text(comma_separated));
	char	   *item;
	char	   *rest = copy;

	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	while ((item = strsep(&rest, ",")) != NULL)
	{
		while (*item == ' ')
			item++;
		if (*item == '\0')
			continue;
		if (json.len > 1)
			appendStringInfoChar(&json, ',');
		escape_json(&json, item);
	}
	appendStringInfoChar(&json, ']');
	return add_fact(r, name, json.data, comma_separated);
}

VzRefusal *
vz_field_error(VzRefusal *r, const char *field, const char *message)
{
	r->is_fields = true;
	field = cut_text(field);
	message = cut_text(message);
	if (r->details.len > 0)
		appendStringInfoChar(&r->details, ',');
	appendStringInfoString(&r->details, "{\"field\":");
	escape_json(&r->details, field);
	appendStringInfoString(&r->details, ",\"message\":");
	escape_json(&r->details, message);
	appendStringInfoChar(&r->details, '}');
	appendStringInfo(&r->detail, "%s%s: %s", r->detail.len > 0 ? "; " : "", field, message);
	return r;
}

VzRefusal *
vz_next_step(VzRefusal *r, const char *over_http, const char *in_psql)
{
	r->hint = vz_actor()->is_http ? over_http : in_psql;
	return r;
}

VzRefusal *
vz_retry_after(VzRefusal *r, int seconds)
{
	r->retry_after_s = seconds;
	return r;
}

bool
vz_refusal_is(const VzRefusal *r, VzError error)
{
	return r->error == error;
}

/* details_json returns the details as one JSON value, or NULL when there are none. */
static char *
details_json(const VzRefusal *r)
{
	if (r->details.len == 0)
		return NULL;
	return psprintf(r->is_fields ? "[%s]" : "{%s}", r->details.data);
}

/* psql_message turns the catalogue's sentence into PostgreSQL's style: lower case, no full stop. */
static char *
psql_message(const char *sentence)
{
	char	   *m = pstrdup(sentence);
	size_t		len = strlen(m);

	if (len > 0 && m[len - 1] == '.')
		m[len - 1] = '\0';
	if (len > 1 && m[0] >= 'A' && m[0] <= 'Z' && !(m[1] >= 'A' && m[1] <= 'Z'))
		m[0] = pg_ascii_tolower((unsigned char) m[0]);
	return m;
}

/* hint_of returns the refusal's own next step, else the catalogue's for this audience. */
static const char *
hint_of(const VzRefusal *r)
{
	const VzErrorInfo *info = &vz_error_info[r->error];

	if (r->hint != NULL)
		return r->hint;
	return info->psql_hint != NULL && !vz_actor()->is_http ? info->psql_hint : info->hint;
}

void
vz_raise(const VzRefusal *r)
{
	const VzErrorInfo *info = &vz_error_info[r->error];
	char	   *details = details_json(r);
	const char *s = info->sqlstate;

	ereport(ERROR,
			(errcode(MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4])),
			 errmsg("%s", psql_message(info->message)),
			 r->detail.len > 0 ? errdetail("%s", r->detail.data) : 0,
			 errhint("%s", hint_of(r)),
			 details != NULL ? err_generic_string(PG_DIAG_DATATYPE_NAME, details) : 0,
			 r->retry_after_s > 0 ?
			 err_generic_string(PG_DIAG_COLUMN_NAME, psprintf("%d", r->retry_after_s)) : 0));
}

void
vz_raise_error(VzError error)
{
	vz_raise(vz_refusal(error));
}

void
vz_raise_if(const VzRefusal *r)
{
	if (r != NULL && r->details.len > 0)
		vz_raise(r);
}

/* refuse_as_value puts the refusal into the head of the answer. */
static void
refuse_as_value(const VzRefusal *r)
{
	StringInfoData json;
	char	   *details = details_json(r);

	initStringInfo(&json);
	appendStringInfo(&json, "{\"sqlstate\":\"%s\"", vz_error_info[r->error].sqlstate);
	if (details != NULL)
		appendStringInfo(&json, ",\"details\":%s", details);
	appendStringInfo(&json, ",\"hint\":%s", json_string(hint_of(r)));
	if (r->retry_after_s > 0)
		appendStringInfo(&json, ",\"retry_after\":%d", r->retry_after_s);
	appendStringInfoChar(&json, '}');
	vz_head_refusal(json.data);
}

void
vz_refuse(const VzRefusal *r)
{
	if (!vz_actor()->is_read)
		vz_raise(r);
	refuse_as_value(r);
}

bool
vz_refuse_if(const VzRefusal *r)
{
	if (r->details.len == 0)
		return false;
	vz_refuse(r);
	return true;
}

void
vz_refuse_and_keep(const VzRefusal *r)
{
	if (!vz_actor()->is_http)
		vz_raise(r);
	refuse_as_value(r);
}

/*
 * log_refusals keeps refusals out of the server log (they are answers, and a
 * stranger must not be able to fill the disk with them) and names the request
 * in everything else that is logged on its behalf.
 */
static void
log_refusals(ErrorData *edata)
{
	if (edata->elevel == ERROR &&
		ERRCODE_TO_CATEGORY(edata->sqlerrcode) ==
		ERRCODE_TO_CATEGORY(MAKE_SQLSTATE('V', 'Z', '0', '0', '0')))
		edata->output_to_server = false;
	else if (edata->output_to_server && vz_request_id() != NULL)
		edata->context = edata->context
			? psprintf("%s\nveza request %s", edata->context, vz_request_id())
			: psprintf("veza request %s", vz_request_id());
	if (previous_emit_log_hook)
		previous_emit_log_hook(edata);
}

void
vz_refusal_init(void)
{
	previous_emit_log_hook = emit_log_hook;
	emit_log_hook = log_refusals;
}
