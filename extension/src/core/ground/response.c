/*
 * response.c
 *		What an answer says beyond its data (see response.h).
 */
#include "response.h"

/* What was said so far. */
static struct
{
	MemoryContext context;
	int			status;
	StringInfo	headers;
	StringInfo	cookies;
	StringInfo	seals;
	char	   *meta;
	char	   *file;
	char	   *refusal;
	char	   *replay;			/* the whole head, of an earlier answer */
}			head;

void
vz_head_reset(void)
{
	if (head.context != NULL)
		MemoryContextReset(head.context);
	head.status = 0;
	head.headers = head.cookies = head.seals = NULL;
	head.meta = head.file = head.refusal = head.replay = NULL;
}

/* head_buffer returns the buffer, made at its first use. */
static StringInfo
head_buffer(StringInfo *buffer)
{
	MemoryContext old = MemoryContextSwitchTo(head.context);

	if (*buffer == NULL)
		*buffer = makeStringInfo();
	else
		appendStringInfoChar(*buffer, ',');
	MemoryContextSwitchTo(old);
	return *buffer;
}

void
vz_set_status(int http_status)
{
	head.status = http_status;
}

void
vz_set_header(const char *name, const char *value)
{
	StringInfo	buf = head_buffer(&head.headers);

	escape_json(buf, name);
	appendStringInfoChar(buf, ':');
	escape_json(buf, value);
}

/* add_cookie adds a cookie; csrf_s: how long a CSRF token for it lives, 0: none is made. */
static void
add_cookie(const char *name, const char *value, const char *path, int64 max_age_s, int csrf_s)
{
	StringInfo	buf = head_buffer(&head.cookies);

	appendStringInfoString(buf, "{\"name\":");
	escape_json(buf, name);
	appendStringInfoString(buf, ",\"value\":");
	escape_json(buf, value);
	appendStringInfoString(buf, ",\"path\":");
	escape_json(buf, path);
	appendStringInfo(buf, ",\"max_age\":" INT64_FORMAT, max_age_s);
	if (csrf_s > 0)
		appendStringInfo(buf, ",\"csrf\":%d", csrf_s);
	appendStringInfoChar(buf, '}');
}

void
vz_set_cookie(const char *name, const char *value, const char *path, int64 max_age_s)
{
	add_cookie(name, value, path, max_age_s, 0);
}

void
vz_set_session_cookie(const char *name, const char *value, const char *path, int64 max_age_s)
{
	add_cookie(name, value, path, max_age_s, VZ_CSRF_LIFETIME_S);
}

void
vz_set_meta(const char *json)
{
	head.meta = MemoryContextStrdup(head.context, json);
}

void
vz_set_file(const char *type, const char *name, const char *suffix)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"type\":");
	escape_json(&json, type);
	appendStringInfoString(&json, ",\"name\":");
	escape_json(&json, name);
	appendStringInfoString(&json, ",\"suffix\":");
	escape_json(&json, suffix);
	appendStringInfoChar(&json, '}');
	head.file = MemoryContextStrdup(head.context, json.data);
}

char *
vz_version_tag(const pg_uuid_t *row_id, int64 revision)
{
	StringInfoData tag;

	initStringInfo(&tag);
	for (int i = 0; i < UUID_LEN; i++)
		appendStringInfo(&tag, "%02x", row_id->data[i]);
	appendStringInfo(&tag, "." INT64_FORMAT, revision);
	return tag.data;
}

void
vz_set_etag(const pg_uuid_t *row_id, int64 revision)
{
	vz_set_header("ETag", psprintf("\"%s\"", vz_version_tag(row_id, revision)));
}

/* add_seal asks for a token, with what stands before it in the member. */
static void
add_seal(const char *member, const char *key, const char *claims_json, const char *prefix)
{
	StringInfo	buf = head_buffer(&head.seals);

	appendStringInfoString(buf, "{\"member\":");
	escape_json(buf, member);
	appendStringInfoString(buf, ",\"key\":");
	escape_json(buf, key);
	appendStringInfoString(buf, ",\"prefix\":");
	escape_json(buf, prefix);
	appendStringInfo(buf, ",\"claims\":%s}", claims_json);
}

void
vz_seal(const char *member, const char *key, const char *claims_json)
{
	add_seal(member, key, claims_json, "");
}

void
vz_seal_address(const char *member, const char *address, const char *claims_json)
{
	add_seal(member, "address", claims_json,
				psprintf("%s%csignature=", address, strchr(address, '?') != NULL ? '&' : '?'));
}

void
vz_head_refusal(const char *json)
{
	head.refusal = MemoryContextStrdup(head.context, json);
}

char *
vz_head_stored(void)
{
	StringInfoData json;

	if (head.status == 0 && head.headers == NULL)
		return NULL;
	initStringInfo(&json);
	appendStringInfo(&json, "{\"headers\":{%s}", head.headers ? head.headers->data : "");
	if (head.status != 0)
		appendStringInfo(&json, ",\"status\":%d", head.status);
	appendStringInfoChar(&json, '}');
	return json.data;
}

void
vz_head_replay(const char *json)
{
	head.replay = json ? MemoryContextStrdup(head.context, json) : NULL;
}

Datum
vz_response_head(bool *isnull)
{
	StringInfoData json;
	const char *separator = "{";

	if (head.replay != NULL)
	{
		text	   *whole = cstring_to_text(head.replay);

		*isnull = false;
		vz_head_reset();
		return PointerGetDatum(whole);
	}

	*isnull = head.status == 0 && head.headers == NULL && head.cookies == NULL &&
		head.seals == NULL && head.meta == NULL && head.file == NULL && head.refusal == NULL;
	if (*isnull)
		return (Datum) 0;

	initStringInfo(&json);
#define MEMBER(present, ...) \
	do { if (present) { appendStringInfoString(&json, separator); \
		 appendStringInfo(&json, __VA_ARGS__); separator = ","; } } while (0)
	MEMBER(head.status != 0, "\"status\":%d", head.status);
	MEMBER(head.headers, "\"headers\":{%s}", head.headers->data);
	MEMBER(head.cookies, "\"cookies\":[%s]", head.cookies->data);
	MEMBER(head.seals, "\"seal\":[%s]", head.seals->data);
	MEMBER(head.meta, "\"meta\":%s", head.meta);
	MEMBER(head.file, "\"file\":%s", head.file);
	MEMBER(head.refusal, "\"refusal\":%s", head.refusal);
#undef MEMBER
	appendStringInfoChar(&json, '}');
	vz_head_reset();
	return PointerGetDatum(cstring_to_text_with_len(json.data, json.len));
}

void
vz_response_init(void)
{
	head.context = AllocSetContextCreate(TopMemoryContext, "veza response head",
										 ALLOCSET_SMALL_SIZES);
}
