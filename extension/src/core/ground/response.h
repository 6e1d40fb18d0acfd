/*
 * response.h
 *		What an answer says beyond its data: the head.
 *
 * It comes back in the statement's second column (veza.response_head) or in
 * the head argument of a procedure; nothing is said by default.
 */
#ifndef VEZA_RESPONSE_H
#define VEZA_RESPONSE_H

#include "compat.h"

/*
 * The HTTP status; a further header; a further cookie (max_age_s in seconds);
 * the member meta of the envelope, as JSON text. All are copied, none is judged.
 */
extern void vz_set_status(int http_status);
extern void vz_set_header(const char *name, const char *value);
extern void vz_set_cookie(const char *name, const char *value, const char *path, int64 max_age_s);
extern void vz_set_meta(const char *json);

/* How long a CSRF token lives. */
#define VZ_CSRF_LIFETIME_S 3600

/* Sets a cookie that will speak for a session: the answer brings a CSRF token that belongs to it. */
extern void vz_set_session_cookie(const char *name, const char *value, const char *path, int64 max_age_s);

/*
 * For a route whose answer is a text (envelope text): its MIME type, and the file
 * that a browser makes of it: what it is called, without its suffix.
 */
extern void vz_set_file(const char *type, const char *name, const char *suffix);

/*
 * The ETag of an answer that shows a row with a revision: it names the row, and
 * veza-httpd adds a digest of the answer. vz_check_version understands it.
 */
extern void vz_set_etag(const pg_uuid_t *row_id, int64 revision);

/* What stands between the quotes of the tag of a row: no other row has the same. */
extern char *vz_version_tag(const pg_uuid_t *row_id, int64 revision);

/* Asks veza-httpd to sign these claims and to put the token into the data under this name. */
extern void vz_seal(const char *member, const char *key, const char *claims_json);

/* The same for an address that speaks for its user: the member is the address with the token at its end. */
extern void vz_seal_address(const char *member, const char *address, const char *claims_json);

/* Records a refusal that is answered as a value; used by refusal.c. */
extern void vz_head_refusal(const char *json);

/* The head as a json datum; isnull is set when the function said nothing. */
extern Datum vz_response_head(bool *isnull);

/* What a repetition of the request is to be told: status and headers as JSON, or NULL; says it again. */
extern char *vz_head_stored(void);
extern void vz_head_replay(const char *json);

/* Forgets what was said. */
extern void vz_head_reset(void);

/* Makes the memory that holds a head until it is fetched; once per backend, before the others. */
extern void vz_response_init(void);

#endif							/* VEZA_RESPONSE_H */
